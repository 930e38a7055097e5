import { jit } from "@nnx-js/jit";
import { vmap } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

test("lower says which kernels run lane by lane", () => {
  const x = tf.zeros([3, 1, 4, 4, 1]);
  const w = tf.zeros([3, 2, 2, 1, 1]);
  const each = jit(
    vmap((image: tf.Tensor, filter: tf.Tensor) =>
      tf.conv2d(image as tf.Tensor4D, filter as tf.Tensor4D, 1, "same"),
    ),
  );
  expect(each.lower(x, w)).toContain("vmap: Conv2D runs lane by lane, 3 times\n\n");
  const shared = jit(
    vmap((image: tf.Tensor) => tf.conv2d(image as tf.Tensor4D, tf.zeros([2, 2, 1, 1]), 1, "same")),
  );
  expect(shared.lower(x)).not.toContain("lane by lane");
});
