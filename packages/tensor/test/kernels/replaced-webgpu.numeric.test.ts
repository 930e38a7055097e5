import { expectNoLeak } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

describe("a cast to float32", () => {
  test.each(["int32", "bool"] as const)("of %s can be transposed", async (dtype) => {
    const x = tf.tensor3d([0, 1, 1, 0, 1, 0, 0, 1], [2, 2, 2], dtype);
    const y = tf.transpose(tf.cast(x, "float32"), [2, 0, 1]);
    expect(y.dtype).toBe("float32");
    await expect(y).toBeAllClose([0, 1, 1, 0, 1, 0, 0, 1].map((_, i) => [0, 1, 1, 0, 1, 0, 0, 1][map(i)]!));
  });

  test("of a negative, of the largest and of no integer", async () => {
    const x = tf.tensor1d([-5, 2 ** 24, 0], "int32");
    await expect(tf.cast(x, "float32")).toBeAllClose([-5, 2 ** 24, 0], { rtol: 0, atol: 0 });
    expect(tf.cast(tf.zeros([0, 3], "int32"), "float32").shape).toEqual([0, 3]);
  });

  test("leaves nothing behind", async () => {
    const x = tf.tensor1d([1, 2], "int32");
    await expectNoLeak(() => tf.cast(x, "float32").dispose());
  });
});

/** Where element `i` of the transposed [2, 2, 2] stood before. */
function map(i: number): number {
  const [a, b, c] = [i >> 2, (i >> 1) & 1, i & 1];
  return (b << 2) | (c << 1) | a;
}
