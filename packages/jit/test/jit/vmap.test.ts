import { jit } from "@nnx-js/jit";
import { vmap } from "@nnx-js/nn";
import { random } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

test("lower says which kernels run lane by lane", () => {
  const keys = random.split(random.key(0), 3);
  const shuffled = jit(vmap((key: tf.Tensor) => random.permutation(key, 5)));
  expect(shuffled.lower(keys)).toContain("vmap: ThreefryPermutation runs lane by lane, 3 times\n\n");
  const x = tf.zeros([3, 1, 4, 4, 1]);
  const w = tf.zeros([3, 2, 2, 1, 1]);
  const each = jit(
    vmap((image: tf.Tensor, filter: tf.Tensor) =>
      tf.conv2d(image as tf.Tensor4D, filter as tf.Tensor4D, 1, "same"),
    ),
  );
  expect(each.lower(x, w)).not.toContain("lane by lane");
});
