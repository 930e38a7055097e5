/** @file Attention goes through its heads block by block; its figures are those of float64, with and without threads. */
import { jit } from "@nnx-js/jit";
import * as tf from "@tensorflow/tfjs-core";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { trace } from "../../../src/capture/trace.ts";
import { Heap } from "../../../src/targets/wasm/memory/heap.ts";
import { compileWasm } from "../../../src/targets/wasm/program.ts";
import { runCompiled } from "./traced.ts";

interface Sizes {
  readonly batch: number;
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
  readonly depth: number;
}

/** What is added to a score: nothing, or what hides it. */
type Hide = (batch: number, query: number, key: number) => number;

type Operands = readonly [q: Float32Array, k: Float32Array, v: Float32Array, bias: Float32Array];

function numbers(count: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => Math.sin(12.9898 * (i + 1) + 78.233 * seed) * 2);
}

function operandsOf({ batch, heads, queries, keys, depth }: Sizes, hide: Hide, seed: number): Operands {
  const bias = Float32Array.from({ length: batch * queries * keys }, (_, at) =>
    hide(Math.floor(at / keys / queries), Math.floor(at / keys) % queries, at % keys),
  );
  const matrices = batch * heads;
  return [
    numbers(matrices * queries * depth, seed),
    numbers(matrices * keys * depth, seed + 1),
    numbers(matrices * keys * depth, seed + 2),
    bias,
  ];
}

/** The output, and the gradients of q, k and v where that of the output is what `weightOf` says. */
function exact({ batch, heads, queries, keys, depth }: Sizes, [q, k, v, bias]: Operands): number[][] {
  const out = Array.from(q, () => 0);
  const [dq, dk, dv] = [Array.from(q, () => 0), Array.from(k, () => 0), Array.from(v, () => 0)];
  for (let head = 0; head < batch * heads; head++) {
    for (let i = 0; i < queries; i++) {
      const row = (head * queries + i) * depth;
      const column = (j: number) => (head * keys + j) * depth;
      const sum = (term: (d: number) => number) => {
        let total = 0;
        for (let d = 0; d < depth; d++) total += term(d);
        return total;
      };
      const each = <T>(value: (j: number) => T) => Array.from({ length: keys }, (_, j) => value(j));
      const added = (j: number) => bias[(Math.floor(head / heads) * queries + i) * keys + j]!;
      const scores = each((j) => sum((d) => q[row + d]! * k[column(j) + d]!) + added(j));
      const largest = Math.max(...scores);
      const exps = scores.map((score) => Math.exp(score - largest));
      const all = exps.reduce((a, b) => a + b, 0);
      const p = exps.map((value) => value / all);
      for (let d = 0; d < depth; d++)
        out[row + d] = p.reduce((total, value, j) => total + value * v[column(j) + d]!, 0);
      const dp = each((j) => sum((d) => weightOf(row + d) * v[column(j) + d]!));
      const mean = p.reduce((total, value, j) => total + value * dp[j]!, 0);
      for (let j = 0; j < keys; j++) {
        const ds = p[j]! * (dp[j]! - mean);
        for (let d = 0; d < depth; d++) {
          dq[row + d]! += ds * k[column(j) + d]!;
          dk[column(j) + d]! += ds * q[row + d]!;
          dv[column(j) + d]! += p[j]! * weightOf(row + d);
        }
      }
    }
  }
  return [out, dq, dk, dv];
}

/** Exact in float32. */
function weightOf(at: number): number {
  return ((at * 7) % 11) / 8 - 0.5;
}

function attend(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, bias: tf.Tensor): tf.Tensor {
  return tf.matMul(tf.softmax(tf.add(tf.matMul(q, k, false, true), bias)), v);
}

function withGradients(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, bias: tf.Tensor, w: tf.Tensor): tf.Tensor[] {
  const grads = tf.grads((q: tf.Tensor, k: tf.Tensor, v: tf.Tensor) => attend(q, k, v, bias));
  return [attend(q, k, v, bias), ...grads([q, k, v], w)];
}

type Inputs = [q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, bias: tf.Tensor, w: tf.Tensor];

function tensorsOf({ batch, heads, queries, keys, depth }: Sizes, [q, k, v, bias]: Operands): Inputs {
  const shapeOf = (length: number): [number, number, number, number] => [batch, heads, length, depth];
  return [
    tf.tensor(q, shapeOf(queries)),
    tf.tensor(k, shapeOf(keys)),
    tf.tensor(v, shapeOf(keys)),
    tf.tensor(bias, [batch, 1, queries, keys]),
    tf.tensor(
      q.map((_, at) => weightOf(at)),
      shapeOf(queries),
    ),
  ];
}

function expectNear(found: readonly tf.Tensor[], expected: readonly (readonly number[])[]): void {
  const isNear = (value: number, near: number) =>
    Object.is(near, value) || Math.abs(near - value) <= 3e-5 * (1 + Math.abs(value));
  const wrong = expected.flatMap((values, i) => {
    const elements = found[i]!.dataSync();
    return values.flatMap((value, at) =>
      isNear(value, elements[at]!) ? [] : [{ i, at, value, is: elements[at] }],
    );
  });
  expect(wrong).toEqual([]);
}

const sizes = fc.record({
  batch: fc.integer({ min: 1, max: 4 }),
  heads: fc.integer({ min: 1, max: 5 }),
  queries: fc.integer({ min: 1, max: 37 }),
  keys: fc.integer({ min: 1, max: 37 }),
  depth: fc.integer({ min: 1, max: 20 }),
});

const HIDES: readonly Hide[] = [
  () => 0,
  // Later keys, and, for a few batches, the last ones.
  (_, query, key) => (key > query ? -3.4028234663852886e38 : 0),
  (batch, _, key) => (key > 3 * batch ? -Infinity : 0),
];

test("outputs and gradients are those of float64, whatever the sizes and what is hidden", () => {
  fc.assert(
    fc.property(sizes, fc.constantFrom(...HIDES), fc.nat(99), (all, hide, seed) => {
      const operands = operandsOf(all, hide, seed);
      const inputs = tensorsOf(all, operands);
      const found = runCompiled(withGradients, inputs);
      expectNear(found, exact(all, operands));
      tf.dispose([...inputs, ...found]);
    }),
    { numRuns: 80 },
  );
});

const HEADS = { batch: 3, heads: 4, queries: 50, keys: 33, depth: 12 };

test("one block after the other goes through all steps of a head", () => {
  const inputs = tensorsOf(
    HEADS,
    operandsOf(HEADS, () => 0, 1),
  );
  const forward = compileWasm(
    trace(attend, [inputs[0], inputs[1], inputs[2], inputs[3]]).graph,
    new Heap(false),
  ).describe();
  expect(forward).toMatch(/steps 0 to 5: 12 blocks, each on one thread/);
  expect(forward).toMatch(/workspace 0 B/);
  const both = compileWasm(trace(withGradients, inputs).graph, new Heap(false)).describe();
  expect(both).toMatch(/steps 1 to 11: 12 blocks, each on one thread/);
  tf.dispose(inputs);
});

test("what is not finite spoils its own rows, or its own heads", () => {
  const operands = operandsOf(HEADS, (_, query) => (query === 7 ? -Infinity : 0), 5);
  const { queries, keys, depth } = HEADS;
  operands[0][(2 * queries + 3) * depth] = NaN;
  operands[0][(5 * queries + 1) * depth] = Infinity;
  operands[2][(9 * keys + 4) * depth + 2] = Infinity;
  const inputs = tensorsOf(HEADS, operands);
  const [found] = runCompiled(withGradients, inputs);
  expectNear([found!], exact(HEADS, operands).slice(0, 1));
  const elements = found!.dataSync();
  expect(elements.subarray(7 * depth, 8 * depth).every(Number.isNaN)).toBe(true);
  expect(elements.subarray((2 * queries + 3) * depth, (2 * queries + 4) * depth).every(Number.isNaN)).toBe(
    true,
  );
  expect(elements.subarray(0, 7 * depth).every(Number.isFinite)).toBe(true);
  tf.dispose([...inputs, found!]);
});

test("threads change no figure", async () => {
  const large = { batch: 2, heads: 6, queries: 96, keys: 96, depth: 24 };
  const inputs = tensorsOf(large, operandsOf(large, HIDES[1]!, 3));
  const alone = runCompiled(withGradients, inputs).map((tensor) => tensor.dataSync());
  const jitted = jit(withGradients);
  for (let turn = 0; turn < 12; turn++) {
    const found = jitted(...inputs);
    for (const [i, tensor] of found.entries()) {
      const elements = tensor.dataSync();
      expect(alone[i]!.every((value, at) => value === elements[at])).toBe(true);
    }
    tf.dispose(found);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  jitted.dispose();
  tf.dispose(inputs);
});
