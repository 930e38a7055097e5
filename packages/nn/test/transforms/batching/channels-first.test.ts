import { vmap } from "@nnx-js/nn";
import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

const LANES = 2;

type T4 = tf.Tensor4D;

test.each([
  ["same" as const, 2],
  [1, 1],
  [[[0, 0], [0, 0], [1, 2], [0, 3]] as [[number, number], [number, number], [number, number], [number, number]], 1], // prettier-ignore
])("convolutions with the channels first, padded by %j", (pad, strides) => {
  const x = wave([LANES, 1, 3, 5, 6], 1, 0);
  const filter = wave([LANES, 3, 3, 3, 2], 1, 1);
  const convolved = (image: tf.Tensor, w: tf.Tensor) => tf.conv2d(image as T4, w as T4, strides, pad, "NCHW");
  const loss = (y: tf.Tensor) => tf.sum<tf.Scalar>(tf.mul(y, wave(y.shape, 1, 2)));
  const inLanes = vmap(convolved);
  const looped = (images: tf.Tensor, filters: tf.Tensor) =>
    tf.stack(
      Array.from({ length: LANES }, (_, n) =>
        convolved(tf.gather(images, tf.scalar(n, "int32")), tf.gather(filters, tf.scalar(n, "int32"))),
      ),
    );
  const all = (f: typeof inLanes) => [f(x, filter), ...tf.grads((...given) => loss(f(given[0]!, given[1]!)))([x, filter])]; // prettier-ignore
  const expected = all(looped);
  for (const [i, y] of all(inLanes).entries()) {
    expect(y.shape).toEqual(expected[i]!.shape);
    const [found, wanted] = [y.dataSync(), expected[i]!.dataSync()];
    for (const [j, value] of wanted.entries()) expect(found[j]).toBeCloseTo(value, 4);
  }
});
