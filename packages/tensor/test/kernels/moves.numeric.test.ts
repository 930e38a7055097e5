/** @file Kernels that move elements, of every dtype: slices with strides, flips, choices, one-hot rows. */
import { full } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, inject, test } from "vitest";
import { computeOnDevice } from "./on-device.ts";

const EXACT = { rtol: 0, atol: 0 };

const DTYPES = ["float32", "int32", "bool"] as const;
type DType = (typeof DTYPES)[number];

computeOnDevice();

/** A [3, 3] tensor of distinct numbers, or of bits in no regular order. */
const grid = (dtype: DType) =>
  [...Array(9).keys()].map((i) => (dtype === "bool" ? [1, 0, 0, 1, 1, 0, 1, 0, 1][i]! : i));

/** Integers that float32 cannot hold, but for textures of webgl. */
const LARGE = inject("backend") === "webgl" ? 1 : 16777217;
const large = (n: number) => Array.from({ length: n }, (_, i) => LARGE + 3 * i);

test("integers of every size are moved as they are", async () => {
  const x = tf.tensor3d(large(12), [2, 2, 3], "int32");
  const at = (...from: number[]) => from.map((i) => LARGE + 3 * i);
  await expect(tf.transpose(x, [2, 0, 1])).toBeAllClose(at(0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11), EXACT);
  await expect(tf.slice(x, [0, 1, 1], [2, 1, 2])).toBeAllClose(at(4, 5, 10, 11), EXACT);
  await expect(tf.reverse(x, [0, 2])).toBeAllClose(at(8, 7, 6, 11, 10, 9, 2, 1, 0, 5, 4, 3), EXACT);
  await expect(tf.tile(tf.slice(x, [0, 0, 0], [1, 1, 2]), [2, 1, 2])).toBeAllClose(
    at(0, 1, 0, 1, 0, 1, 0, 1),
    EXACT,
  );
  const padded = tf.pad(tf.slice(x, [0, 0, 0], [1, 1, 2]), [[0, 0], [1, 0], [0, 1]], LARGE); // prettier-ignore
  await expect(padded).toBeAllClose(at(0, 0, 0, 0, 1, 0), EXACT);
  const [first, second] = tf.split(x, [1, 2], 2) as [tf.Tensor, tf.Tensor];
  await expect(tf.concat([second, first], -1)).toBeAllClose(at(1, 2, 0, 4, 5, 3, 7, 8, 6, 10, 11, 9), EXACT);
  const [top, bottom] = tf.unstack(x, 1) as [tf.Tensor, tf.Tensor];
  await expect(tf.stack([bottom, top], 1)).toBeAllClose(at(3, 4, 5, 0, 1, 2, 9, 10, 11, 6, 7, 8), EXACT);
  await expect(tf.where(tf.less(x, tf.scalar(LARGE + 7, "int32")), x, full([2, 2, 3], LARGE, "int32"))).toBeAllClose(at(0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0), EXACT); // prettier-ignore
  await expect(tf.gather(x, tf.tensor1d([1, -2], "int32"))).toBeAllClose(at(6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 4, 5), EXACT); // prettier-ignore
});

test("of six axes too", async () => {
  const x = tf.tensor(large(8), [2, 1, 2, 1, 1, 2], "int32");
  await expect(tf.reverse(x)).toBeAllClose(
    large(8).map((_, i, all) => all[7 - i]!),
    EXACT,
  );
  const floats = tf.tensor(large(8).map((_, i) => i), [2, 1, 2, 1, 1, 2]); // prettier-ignore
  await expect(tf.reverse(floats, [0, 5])).toBeAllClose([5, 4, 7, 6, 1, 0, 3, 2]);
});

type Masks = [begin?: number, end?: number, ellipsis?: number, newAxis?: number, shrink?: number];
const SLICES: [
  name: string,
  begin: number[],
  end: number[],
  strides: number[],
  masks: Masks,
  shape: number[],
  from: number[],
][] = [
  ["x[::2, 1]", [0, 1], [0, 2], [2, 1], [1, 1, 0, 0, 2], [2], [1, 7]],
  ["x[1]", [1, 0], [2, 0], [1, 1], [2, 2, 0, 0, 1], [3], [3, 4, 5]],
  ["x[::-1, ::2]", [0, 0], [0, 0], [-1, 2], [3, 3], [3, 2], [6, 8, 3, 5, 0, 2]],
  ["x[-1, ::-2]", [-1, 0], [0, 0], [1, -2], [2, 3, 0, 0, 1], [2], [8, 6]],
  ["x[..., 1]", [0, 1], [0, 2], [1, 1], [0, 0, 1, 0, 2], [3], [1, 4, 7]],
  ["x[newaxis, 1:, ::2]", [0, 1, 0], [0, 0, 0], [1, 1, 2], [4, 6, 0, 1], [1, 2, 2], [3, 5, 6, 8]],
  ["x[2:0:-1]", [2], [0], [-1], [], [2, 3], [6, 7, 8, 3, 4, 5]],
  ["x[1:1]", [1, 0], [1, 3], [1, 1], [], [0, 3], []],
  ["x[2, 2]", [2, 2], [3, 3], [3, 2], [0, 0, 0, 0, 3], [], [8]],
  ["x[-5:9:2, -1:]", [-5, -1], [9, 9], [2, 1], [], [2, 1], [2, 8]],
];

describe.each(DTYPES)("of %s", (dtype) => {
  const x = () => tf.tensor2d(grid(dtype), [3, 3], dtype);

  test.each(SLICES)("%s", async (_, begin, end, strides, masks, shape, from) => {
    const part = tf.stridedSlice(x(), begin, end, strides, ...masks);
    expect([part.shape, part.dtype]).toEqual([shape, dtype]);
    await expect(part).toBeAllClose(from.map((i) => grid(dtype)[i]!));
  });

  test("flipped along one axis and along both", async () => {
    await expect(tf.reverse(x(), -1)).toBeAllClose([2, 1, 0, 5, 4, 3, 8, 7, 6].map((i) => grid(dtype)[i]!));
    await expect(tf.reverse(x())).toBeAllClose(grid(dtype).map((_, i, all) => all[8 - i]!));
  });

  test("chosen by a condition, which may be a cast mask", async () => {
    const chosen = tf.where(tf.cast(tf.tensor1d([256, 0, 2], "int32"), "bool"), x(), tf.zeros([3, 3], dtype));
    expect(chosen.dtype).toBe(dtype);
    await expect(chosen).toBeAllClose(grid(dtype).map((value, i) => (i % 3 === 1 ? 0 : value)));
  });

  test("one-hot rows, of off values outside", async () => {
    const rows = tf.oneHot(tf.tensor1d([1, -1, 3, 0], "int32"), 3, 1, 0, dtype);
    expect(rows.dtype).toBe(dtype);
    await expect(rows).toBeAllClose([0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0]);
  });
});

test("one-hot rows of values that the dtype does not hold are those of a cast", async () => {
  const indices = tf.tensor1d([1, 0], "int32");
  await expect(tf.oneHot(indices, 2, 2.9, -1.9, "int32")).toBeAllClose([-1, 2, 2, -1], EXACT);
  await expect(tf.oneHot(indices, 2, 0.6, 0.4, "int32")).toBeAllClose([0, 0, 0, 0], EXACT);
  const isOn = tf.oneHot(indices, 2, 0.25, 0, "bool");
  expect(isOn.dtype).toBe("bool");
  await expect(isOn).toBeAllClose([0, 1, 1, 0], EXACT);
  await expect(tf.oneHot(indices, 2, 0.6, 0.4, "float32")).toBeAllClose([0.4, 0.6, 0.6, 0.4]);
});

test("values of two dtypes are chosen from as of the wider one", async () => {
  const condition = tf.tensor1d([1, 0], "bool");
  const [ints, floats] = [tf.tensor1d([3, 4], "int32"), tf.tensor1d([0.5, 0.25])];
  const first = tf.where(condition, ints, floats);
  expect(first.dtype).toBe("float32");
  await expect(first).toBeAllClose([3, 0.25]);
  await expect(tf.where(condition, floats, ints)).toBeAllClose([0.5, 4]);
  const fromBool = tf.where(condition, tf.tensor1d([1, 1], "bool"), ints);
  expect(fromBool.dtype).toBe("int32");
  await expect(fromBool).toBeAllClose([1, 4]);
});

test.each(SLICES)(
  "the gradient of %s goes back to where it was taken from",
  async (_, begin, end, strides, masks, _shape, from) => {
    const grad = tf.grad((x) => tf.sum(tf.stridedSlice(x, begin, end, strides, ...masks)))(tf.ones([3, 3]));
    await expect(grad).toBeAllClose([...Array(9).keys()].map((i) => (from.includes(i) ? 1 : 0)));
  },
);
