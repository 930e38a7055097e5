/** @file The threefry2x32 block cipher on 32-bit words, bit for bit as JAX and `@nnx-js/tensor` compute it. */
import type { Builder } from "../mlir/builder.ts";
import { type Operand, sizeOf } from "../mlir/operand.ts";

/** Two words. */
type Block = readonly [Operand, Operand];

const ROTATIONS = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;

function rotated(b: Builder, x: Operand, by: number): Operand {
  const left = b.binary("shift_left", x, by);
  return b.binary("or", left, b.binary("shift_right_logical", x, 32 - by));
}

/** The cipher written out, of words that all have the same shape. @see Salmon et al. 2011 */
function cipher(b: Builder, [key0, key1]: Block, [x0, x1]: Block): Block {
  const key2 = b.binary("xor", b.binary("xor", key0, key1), 0x1bd11bda);
  const keys = [key0, key1, key2];
  let [first, second] = [b.add(x0, key0), b.add(x1, key1)];
  for (let round = 0; round < 5; round++) {
    for (const rotation of ROTATIONS[round % 2]!) {
      first = b.add(first, second);
      second = b.binary("xor", rotated(b, second, rotation), first);
    }
    first = b.add(first, keys[(round + 1) % 3]!);
    second = b.add(b.add(second, keys[(round + 2) % 3]!), round + 1);
  }
  return [first, second];
}

/** Encrypts the block of each element with one key of two words; by a function of the module, one for each shape. */
function threefry(b: Builder, key: Operand, [x0, x1]: Block): Block {
  const { shape } = x0;
  const name = ["threefry2x32", ...shape].join("_");
  const words = { shape, type: "ui32" } as const;
  b.functions.define(name, [{ shape: [2], type: "ui32" }, words, words], (inner, [pair, left, right]) => {
    const word = (i: number) =>
      inner.broadcastInDim(inner.reshape(inner.part(pair!, 0, i, 1), []), shape, []);
    return cipher(inner, [word(0), word(1)], [left!, right!]);
  });
  const [first, second] = b.call(name, [key, x0, x1], [words, words]);
  return [first!, second!];
}

/** The row-major place of each element of `shape`, from the places along its axes, so that axes can be divided. */
function places(b: Builder, shape: readonly number[]): Operand {
  let sum = b.fill(0, shape, "ui32");
  let stride = sizeOf(shape);
  for (const [axis, size] of shape.entries()) {
    stride /= size;
    if (size > 1) sum = b.add(sum, b.multiply(b.iota(shape, axis, "ui32"), stride));
  }
  return sum;
}

/** 32 random bits for each element of `shape`. @see `jax_threefry_partitionable=True` */
export function randomBits(b: Builder, key: Operand, shape: readonly number[]): Operand {
  const [first, second] = threefry(b, key, [b.fill(0, shape, "ui32"), places(b, shape)]);
  return b.binary("xor", first, second);
}

/** A key for each of `counts`, `[...shape] → [...shape, 2]`. */
export function keysFrom(b: Builder, key: Operand, counts: Operand): Operand {
  const block = threefry(b, key, [b.fill(0, counts.shape, "ui32"), counts]);
  const parts = block.map((word) => b.reshape(word, [...counts.shape, 1]));
  return b.concatenate(parts, counts.shape.length);
}
