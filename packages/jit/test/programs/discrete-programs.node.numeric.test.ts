/** @file Random programs of integers, truth values and random bits give exactly the same under jit. */
import { jit } from "@nnx-js/jit";
import { random, useBackend } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect, inject, test } from "vitest";
import { broadcast } from "./array.ts";

/** How many programs, and which: `PROGRAMS=2000 SEED=3` tries others. */
const { PROGRAMS: RUNS = 150, SEED = 7 } = globalThis.process?.env ?? {};

/** No value of a program has more elements. */
const LARGEST = 400;

/** What of two tensors makes another one; undefined where they do not suit. `pick` decides what is free. */
type Operation = (a: tf.Tensor, b: tf.Tensor, pick: number) => tf.Tensor | undefined;

const int = (x: tf.Tensor) => tf.cast(x, "int32");
const bool = (x: tf.Tensor) => tf.cast(x, "bool");

/** Numbers that stay within 16 bits, so that products stay within 32. */
const small = (x: tf.Tensor) => tf.mod(int(x), tf.scalar(181, "int32"));

const binary =
  (f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Operation =>
  (a, b) =>
    broadcast(a.shape, b.shape) && f(a, b);

const along =
  (f: (x: tf.Tensor, axis: number, pick: number) => tf.Tensor): Operation =>
  (a, _, pick) =>
    a.rank > 0 ? f(a, pick % a.rank, pick) : undefined;

const nonZero = (x: tf.Tensor) =>
  tf.add(tf.mul(tf.abs(small(x)), tf.scalar(2, "int32")), tf.scalar(1, "int32"));

const OPERATIONS: Readonly<Record<string, Operation>> = {
  add: binary((a, b) => tf.add(small(a), small(b))),
  sub: binary((a, b) => tf.sub(small(a), small(b))),
  mul: binary((a, b) => tf.mul(small(a), small(b))),
  floorDiv: binary((a, b) => tf.floorDiv(int(a), nonZero(b))),
  mod: binary((a, b) => tf.mod(int(a), tf.neg(nonZero(b)))),
  maximum: binary((a, b) => tf.maximum(int(a), int(b))),
  minimum: binary((a, b) => tf.minimum(int(a), int(b))),
  squaredDifference: binary((a, b) => tf.squaredDifference(small(a), small(b))),
  less: binary((a, b) => tf.less(int(a), int(b))),
  greaterEqual: binary((a, b) => tf.greaterEqual(int(a), int(b))),
  equal: binary((a, b) => tf.equal(int(a), int(b))),
  notEqual: binary((a, b) => tf.notEqual(int(a), int(b))),
  and: binary((a, b) => tf.logicalAnd(bool(a), bool(b))),
  or: binary((a, b) => tf.logicalOr(bool(a), bool(b))),
  xor: binary((a, b) => tf.logicalXor(bool(a), bool(b))),
  bitwiseAnd: (a, b) => (tf.util.arraysEqual(a.shape, b.shape) ? tf.bitwiseAnd(int(a), int(b)) : undefined),
  not: (a) => tf.logicalNot(bool(a)),
  neg: (a) => tf.neg(int(a)),
  // Of the cpu backend, which works on floats here, large ones lose bits.
  abs: (a) => tf.abs(small(a)),
  "to float and back": (a) => int(tf.div(tf.cast(small(a), "float32"), 4)),
  where: binary((a, b) => {
    const shape = broadcast(a.shape, b.shape)!;
    const [x, y] = [tf.broadcastTo(int(a), shape), tf.broadcastTo(int(b), shape)];
    return tf.where(tf.greater(x, y), x, tf.neg(y));
  }),
  sum: along((x, axis) => tf.sum(small(x), axis)),
  "sum of truth values": along((x, axis) => tf.sum(bool(x), axis)),
  max: along((x, axis) => tf.max(int(x), axis)),
  min: along((x, axis) => tf.min(int(x), axis, true)),
  prod: along((x, axis) => tf.prod(tf.sign(int(x)), axis)),
  any: along((x, axis) => tf.any(bool(x), axis)),
  all: along((x, axis) => tf.all(bool(x), axis)),
  argMax: along((x, axis) => tf.argMax(int(x), axis)),
  argMin: along((x, axis) => tf.argMin(int(x), axis)),
  cumsum: along((x, axis, pick) => tf.cumsum(small(x), axis, pick % 3 === 0, pick % 2 === 0)),
  reverse: along((x, axis) => tf.reverse(x, axis)),
  transpose: (a) => tf.transpose(a),
  slice: along((x, axis) => {
    const begin = x.shape.map((length, i) => (i === axis ? Math.floor(length / 2) : 0));
    return tf.slice(x, begin);
  }),
  concat: along((x, axis) => tf.concat([x, tf.reverse(x, axis)], axis)),
  pad: along((x, axis) =>
    tf.pad(
      int(x),
      x.shape.map((_, i): [number, number] => (i === axis ? [1, 2] : [0, 0])),
      9,
    ),
  ),
  "pad of truth values": along((x, axis) =>
    tf.pad(
      bool(x),
      x.shape.map((_, i): [number, number] => (i === axis ? [0, 1] : [0, 0])),
    ),
  ),
  tile: along((x, axis) =>
    tf.tile(
      x,
      x.shape.map((_, i) => (i === axis ? 2 : 1)),
    ),
  ),
  stack: (a) => tf.stack([a, a], a.rank),
  gather: (a, b, pick) => {
    if (a.rank === 0) return undefined;
    const axis = pick % a.rank;
    const indices = tf.mod(tf.abs(small(b)), tf.scalar(a.shape[axis]!, "int32"));
    return tf.gather(a, int(indices), axis);
  },
  scatter: (a) => {
    const flat = tf.reshape(small(a), [-1]);
    const places = tf.reshape(tf.mod(tf.abs(flat), tf.scalar(7, "int32")), [-1, 1]);
    return tf.scatterND(places, flat, [7]);
  },
  "segment sum": (a) => {
    const flat = tf.reshape(small(a), [-1]);
    return tf.unsortedSegmentSum(flat, tf.cast(tf.range(0, flat.size, 1, "int32"), "int32"), flat.size + 1);
  },
  oneHot: (a) => tf.oneHot(int(tf.mod(tf.abs(small(a)), tf.scalar(5, "int32"))), 5),
  topk: (a, _, pick) => {
    if (a.rank === 0) return undefined;
    const { values, indices } = tf.topk(int(a), 1 + (pick % a.shape.at(-1)!));
    return pick % 2 === 0 ? values : indices;
  },
  matMul: (a) => (a.rank > 1 ? tf.matMul(small(a), small(a), false, true) : undefined),
  "matMul of sevens": (a) =>
    a.rank > 0
      ? tf.matMul(
          tf.reshape<tf.Rank.R2>(small(a), [1, -1]),
          tf.mul<tf.Tensor2D>(tf.ones([a.size, 2], "int32"), tf.scalar(7, "int32")),
        )
      : undefined,
  einsum: (a) => (a.rank === 2 ? tf.einsum("ij,kj->ki", small(a), tf.sign(int(a))) : undefined),
  outerProduct: (a) => tf.einsum("i,j->ji", tf.reshape(small(a), [-1]), tf.range(0, 3, 1, "int32")),
  maxPool: (a) =>
    a.rank > 0
      ? tf.maxPool(tf.reshape<tf.Rank.R4>(small(a), [1, a.shape[0], -1, 1]), 2, 1, "same")
      : undefined,
  leakyRelu: (a) => tf.leakyRelu(small(a), 0.5),
  range: (a) => tf.add(tf.range(0, Math.max(1, a.size), 1, "int32"), tf.sum(small(a))),
  "random bits": (a) => random.bits(keyOf(a), [3, 2]),
  "random integers": (a) => random.randint(keyOf(a), [5], -3, 4),
  "random truth values": (a) => random.bernoulli(keyOf(a), 0.3, [2, 5]),
  "random order": along((x, axis, pick) =>
    pick % 2 === 0
      ? random.permutation(keyOf(x), x.shape[axis]!)
      : random.permutation(keyOf(x), tf.reshape(int(x), [-1])),
  ),
  "uniform numbers": (a) => int(tf.mul(random.uniform(keyOf(a), [4, 3]), 1e6)),
  "random keys": (a, _, pick) => random.split(keyOf(a), 1 + (pick % 4)),
};

/** A key of the elements of `x`. */
const keyOf = (x: tf.Tensor) => random.foldIn(random.key(3), int(tf.sum(small(x))));

interface Input {
  readonly shape: readonly number[];
  readonly values: readonly number[];
  readonly dtype: "int32" | "bool";
}

const input: fc.Arbitrary<Input> = fc
  .tuple(
    fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 3 }),
    fc.constantFrom("int32" as const, "bool" as const),
  )
  .chain(([shape, dtype]) => {
    const length = tf.util.sizeFromShape(shape);
    const element = dtype === "bool" ? fc.nat(1) : fc.integer({ min: -40_000, max: 40_000 });
    return fc
      .array(element, { minLength: length, maxLength: length })
      .map((values): Input => ({ shape, values, dtype }));
  });

type Choice = readonly [which: number, first: number, second: number, pick: number];

const choices = fc.array(fc.tuple(fc.nat(999), fc.nat(999), fc.nat(999), fc.nat(999)), {
  minLength: 1,
  maxLength: 10,
});

/** Runs what fits, one after the other; all values are results. `log` gets the text of the program. */
function run(inputs: readonly tf.Tensor[], picks: readonly Choice[], log?: string[]): tf.Tensor[] {
  const values = [...inputs];
  const names = Object.keys(OPERATIONS);
  for (const [which, first, second, pick] of picks) {
    const one = first % 2 === 0 ? values.length - 1 : first % values.length;
    const two = second % values.length;
    const name = names[which % names.length]!;
    const value = OPERATIONS[name]!(values[one]!, values[two]!, pick);
    if (!value || value.size > LARGEST || value.rank > 5) continue;
    log?.push(`%${values.length} = ${name}(%${one}, %${two}) ${pick}`);
    values.push(value);
  }
  return values.slice(inputs.length);
}

const contents = (tensors: readonly tf.Tensor[]) =>
  tensors.map((tensor) => [tensor.dtype, tensor.shape, [...tensor.dataSync()]]);

// The kernels of the wasm backend take truth values, a byte each, for four (reverse), and make 2 of them (cast):
// only those of cpu are right everywhere.
test.runIf(inject("backend") === "cpu").each(["wasm", "kernels"] as const)(
  "the target %s gives exactly what eager code gives",
  (target) => {
    fc.assert(
      fc.property(input, input, choices, (a, b, picks) =>
        tf.tidy(() => {
          const inputs = [a, b].map(({ shape, values, dtype }) => tf.tensor([...values], [...shape], dtype));
          const log: string[] = [];
          const expected = contents(run(inputs, picks, log));
          const jitted = jit((...xs: tf.Tensor[]) => run(xs, picks), { target });
          const found = contents(jitted(...inputs));
          jitted.dispose();
          expect(found, log.join("\n")).toEqual(expected);
        }),
      ),
      { numRuns: Number(RUNS), seed: Number(SEED) },
    );
  },
);

// A GPU answers later, and not all of TensorFlow.js's kernels on it are exact: those of cpu say what is right.
test.runIf(inject("backend") === "webgpu")("the target webgpu gives exactly what cpu gives", async () => {
  await fc.assert(
    fc.asyncProperty(input, input, choices, async (a, b, picks) => {
      const made = () => [a, b].map(({ shape, values, dtype }) => tf.tensor([...values], [...shape], dtype));
      const log: string[] = [];
      await useBackend("cpu");
      const expected = tf.tidy(() => contents(run(made(), picks, log)));
      await useBackend("webgpu");
      const jitted = jit((...xs: tf.Tensor[]) => run(xs, picks), { target: "webgpu" });
      const inputs = made();
      const results = jitted(...inputs);
      const found = [];
      for (const tensor of results) found.push([tensor.dtype, tensor.shape, [...(await tensor.data())]]);
      jitted.dispose();
      tf.dispose([...inputs, ...results]);
      expect(found, log.join("\n")).toEqual(expected);
    }),
    { numRuns: Math.ceil(Number(RUNS) / 15), seed: Number(SEED) },
  );
});
