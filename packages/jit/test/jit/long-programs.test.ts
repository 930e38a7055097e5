/**
 * @file Programs of many thousand operations: nothing that compiles them may call itself once for each, or look at all
 * for each. 20 000 nested calls do not fit a stack, and 20 000 squared steps not the time limit of a test.
 */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { jit, type JitOptions } from "../../src/index.ts";

const MANY = 20_000;

/** `fn` compiled and called, and `fn` itself; both as numbers. */
function bothWays(
  fn: (...xs: tf.Tensor[]) => tf.Tensor,
  inputs: tf.Tensor[],
  options: JitOptions = {},
): { compiled: number[]; eager: number[] } {
  using jitted = jit(fn, options);
  const read = (run: () => tf.Tensor) => {
    const result = tf.tidy(run);
    const values = [...result.dataSync()];
    result.dispose();
    return values;
  };
  return { compiled: read(() => jitted(...inputs)), eager: read(() => fn(...inputs)) };
}

function expectSame({ compiled, eager }: { compiled: number[]; eager: number[] }): void {
  expect(compiled).toHaveLength(eager.length);
  const differences = eager.map((value, i) => Math.abs(compiled[i]! - value) / Math.max(1, Math.abs(value)));
  // NaN is not less.
  expect(differences.findIndex((difference) => !(difference < 1e-5))).toBe(-1);
}

let w: tf.Tensor2D;
beforeAll(() => {
  // The chain settles at a point that is not 0.
  w = tf.tensor2d([0.9, 0.8, 0.7, 1.1], [2, 2]);
});

const chain = (count: number) => (x: tf.Tensor) => {
  let h = x as tf.Tensor2D;
  for (let i = 0; i < count; i += 2) h = tf.tanh(tf.matMul(h, w));
  return h;
};

test("a chain of products, its text, and its kernels one by one", () => {
  const x = tf.tensor2d([0.3, -0.2], [1, 2]);
  expectSame(bothWays(chain(MANY), [x]));
  expectSame(bothWays(chain(4000), [x], { target: "kernels" }));
  using jitted = jit(chain(4000));
  const lines = jitted.lower(x).split("\n");
  expect(lines.filter((line) => line.includes("BatchMatMul"))).toHaveLength(2000);
  expect(lines.at(-1)).toBe("memory: workspace 48 B, of which 48 B are in use at one time at most");
});

test("the gradient of a chain keeps what it needs, and no more", () => {
  const x = tf.tensor2d([0.3, -0.2], [1, 2]);
  const loss = (x: tf.Tensor) => tf.sum<tf.Scalar>(chain(2000)(x));
  const fn = (x: tf.Tensor) => tf.grad(loss)(x);
  expectSame(bothWays(fn, [x]));
  using jitted = jit(fn);
  const [, workspace, live] = /workspace (\d+) B, of which (\d+) B/.exec(jitted.lower(x)) ?? [];
  expect(workspace).toBe(live);
});

test("a chain of sums is cut into expressions", () => {
  const step = tf.tensor1d([1e-4, -2e-4, 0]);
  const fn = (x: tf.Tensor) => {
    for (let i = 0; i < MANY; i++) x = tf.add(x, step);
    return x;
  };
  expectSame(bothWays(fn, [tf.tensor1d([0.5, -1, 2])]));
});

test("sums and joins of thousands of tensors, given or computed", () => {
  const given = Array.from({ length: 3000 }, (_, i) => tf.tensor1d([i % 7, 1 / (i + 1)]));
  expectSame(bothWays((...xs) => tf.addN(xs), given));
  expectSame(bothWays((...xs) => tf.addN(xs.map((x, i) => tf.tanh(tf.mul(x, i)))), given));
  expectSame(bothWays((...xs) => tf.concat(xs), given));
  expectSame(bothWays((...xs) => tf.stack(xs.map((x, i) => tf.mul(x, i))), given));
  expectSame(
    bothWays((x) => tf.addN(tf.unstack(x).map((row, i) => tf.mul(row, i % 3))), [tf.ones([3000, 2])]),
  );
});

test("one tensor that thousands of operations take", () => {
  const fn = (x: tf.Tensor) => {
    const h = tf.exp(tf.matMul(x as tf.Tensor2D, w));
    const sums = Array.from({ length: 5000 }, (_, i) => tf.sum(tf.mul(h, (i % 100) / 1000)));
    return tf.stack(sums);
  };
  expectSame(bothWays(fn, [tf.tensor2d([0.3, -0.2], [1, 2])]));
});

test("elements that are chosen by chosen elements", () => {
  const next = tf.tensor1d([1, 2, 3, 4, 0], "int32");
  const fn = (x: tf.Tensor) => {
    for (let i = 0; i < 2001; i++) x = tf.gather(next, x);
    return x;
  };
  expect(bothWays(fn, [tf.tensor1d([0, 3], "int32")])).toEqual({ compiled: [1, 4], eager: [1, 4] });
});

test("layers that repeat themselves have one code each, however many they are", () => {
  const sizeOf = (count: number): number => {
    const { Module } = WebAssembly;
    let bytes = 0;
    WebAssembly.Module = class extends Module {
      constructor(source: BufferSource) {
        super(source);
        bytes = source.byteLength;
      }
    };
    try {
      using jitted = jit((x: tf.Tensor) => {
        let h = x as tf.Tensor2D;
        for (let i = 0; i < count; i++) {
          const row = tf.slice(x as tf.Tensor2D, [i % 100, 0], [1, 2]);
          h = tf.tanh(tf.add(tf.matMul(row, w), tf.mul(h, i / count)));
        }
        return h;
      });
      jitted.lower(tf.ones([100, 2]));
      return bytes;
    } finally {
      WebAssembly.Module = Module;
    }
  };
  const few = sizeOf(200);
  expect(few).toBeGreaterThan(0);
  expect(sizeOf(2000)).toBeLessThan(1.5 * few);
});
