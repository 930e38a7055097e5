/** @file Loops on a GPU: what a turn launches is made once, and turns find what is theirs. */
import { BatchNorm, foriLoop, grad, Linear, LSTMCell, Rngs, RNN, scan, valueAndGrad, Variable, whileLoop } from "@nnx-js/nn"; // prettier-ignore
import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { jit, UnsupportedKernelError } from "../../../src/index.ts";
import { gpuMemory } from "../../../src/webgpu.ts";
import { webgpuDevice } from "./run-tasks.ts";

type Fn = (...inputs: tf.Tensor[]) => tf.Tensor[];

/** Checks that `fn`, compiled, gives what TensorFlow.js's kernels give; the text that describes the program. */
async function check(fn: Fn, inputs: readonly tf.Tensor[], tolerance = 1e-5): Promise<string> {
  using compiled = jit(fn, { target: "webgpu" });
  using kernels = jit(fn, { target: "kernels" });
  const text = compiled.lower(...inputs);
  const expected = kernels(...inputs);
  // What is written in one call must not be in the way of the next.
  tf.dispose(compiled(...inputs));
  const found = compiled(...inputs);
  expect(found.map(({ shape, dtype }) => ({ shape, dtype }))).toEqual(
    expected.map(({ shape, dtype }) => ({ shape, dtype })),
  );
  for (const [i, tensor] of found.entries()) {
    const [data, exact] = await Promise.all([tensor.data(), expected[i]!.data()]);
    const off = data.findIndex((value, at) => !(Math.abs(value - exact[at]!) <= tolerance));
    expect(off < 0 ? undefined : `${i}[${off}] is ${data[off]}, not ${exact[off]}`).toBeUndefined();
  }
  tf.dispose([...inputs, ...expected, ...found]);
  return text;
}

const add = tf.add<tf.Tensor>;

test("however long a loop is, its body is compiled once", () => {
  const layer = new RNN(new LSTMCell(3, 4, { rngs: new Rngs(0) }));
  const step = jit(
    (layer: RNN<LSTMCell>, x: tf.Tensor) =>
      valueAndGrad((layer: RNN<LSTMCell>) => tf.mean<tf.Scalar>(layer.forward(x)))(layer),
    { target: "webgpu" },
  );
  const [short, long] = [50, 400].map((length) => step.lower(layer, tf.zeros([2, length, 3])));
  expect(short).toMatch(/^ {2}scan \S+ 50 times; .*\n {4}\d+: .*matmul 2x/m);
  // Two launches of each turn there, and three of each turn back.
  const [, own, all] = /(\d+) launches \((\d+) in all turns\)/.exec(long!)!.map(Number);
  expect(all! - own!).toBe(399 * 5);
  layer.dispose();
  step.dispose();
});

test("carries of all dtypes, slices forwards and backwards, and constants", async () => {
  for (const reverse of [false, true]) {
    const text = await check(
      (c, n, mask, xs, counts, w) => {
        const [carry, ys] = scan(
          ([c, n, mask]: [tf.Tensor, tf.Tensor, tf.Tensor], [x, count]: [tf.Tensor, tf.Tensor]) => {
            const next = tf.tanh(add(tf.matMul(c as tf.Tensor2D, w as tf.Tensor2D), x));
            const carry = [next, add(n, count), tf.logicalXor(mask, tf.greater(next, 0.1))] as const;
            return [carry, [c, tf.sum(next, 0), n, mask]] as const;
          },
          [c, n, mask],
          [xs, counts],
          { reverse },
        );
        return [...carry, ...ys];
      },
      [
        wave([3, 4], 1, 0.1),
        tf.scalar(2, "int32"),
        tf.greater(wave([3, 4], 1, 0.2), 0),
        wave([7, 3, 4], 1, 0.3),
        tf.range(0, 7, 1, "int32"),
        wave([4, 4], 1, 0.4),
      ],
    );
    expect(text).toContain("7 times");
  }
});

test("carries change places, stay as they are, and are given as slices", async () => {
  await check(
    (a, b, xs) => {
      const [carry, ys] = scan(
        ([a, b, c]: tf.Tensor[], x: tf.Tensor) =>
          [
            [b!, add(a!, x), c!, x],
            [a!, a!, x, c!],
          ] as const,
        [a, b, b, tf.reshape(tf.slice(xs, 0, 1), [5])],
        xs,
      );
      return [...carry, ...ys, add(b, 1)];
    },
    [wave([5], 1, 0.1), wave([5], 1, 0.2), wave([6, 5], 1, 0.3)],
  );
});

test("large carries stay where they are, or are exchanged", async () => {
  const large = [520, 520];
  await check(
    (a, b, xs) => {
      const [carry, ys] = scan(
        ([a, b, c]: tf.Tensor[], x: tf.Tensor) => [[b!, add(a!, x), tf.transpose(c!)], tf.mean(a!)] as const,
        [a, b, tf.mul(a, 2)],
        xs,
        { reverse: true },
      );
      return [...carry, ys];
    },
    [wave(large, 1, 0.1), wave(large, 1, 0.2), wave([5, 520], 1, 0.3)],
  );
});

test("loops within loops, over slices of slices", async () => {
  const text = await check(
    (c, xs, ds) => {
      const inner = (c: tf.Tensor, x: tf.Tensor) => {
        const next = tf.tanh(add(c, x));
        return [next, tf.mul(next, x)] as const;
      };
      const [carry, ys] = scan(
        (c: tf.Tensor, [x, d]: [tf.Tensor, tf.Tensor]) => {
          const [there, ys] = scan(inner, c, x);
          // A slice is carried in, what is carried out is a slice, and so is a constant.
          const [back, zs] = scan(
            (c: tf.Tensor, y: tf.Tensor) => [tf.sub(tf.mul(c, 0.5), y), add(c, d)] as const,
            d,
            ys,
            { reverse: true },
          );
          return [tf.tanh(there), [ys, back, zs, there]] as const;
        },
        c,
        [xs, ds],
      );
      return [carry, ...ys];
    },
    [wave([3], 1, 0.1), wave([5, 6, 3], 1, 0.2), wave([5, 3], 1, 0.3)],
  );
  expect(text).toMatch(/\n {2}scan .* 5 times.*\n(?: {4}.*\n)* {4}scan .* 6 times.*\n {6}\d+: /);
});

test("gradients, and gradients of gradients, are loops, too", async () => {
  const f = (w: tf.Tensor, xs: tf.Tensor) => {
    const [last, ys] = scan(
      (c: tf.Tensor, x: tf.Tensor) => {
        const next = tf.tanh(add(tf.mul(c, w), x));
        return [next, tf.mul(next, next)] as const;
      },
      tf.zeros([4]),
      xs,
      { unroll: 2 },
    );
    return tf.sum<tf.Scalar>(add(last, tf.mean(ys, 0)));
  };
  const first = (w: tf.Tensor, xs: tf.Tensor) => tf.sum<tf.Scalar>(tf.square(grad(f)(w, xs)));
  await check(
    (w, xs) => [f(w, xs), grad(f)(w, xs), ...grad(first, { argnums: [0, 1] })(w, xs)],
    [wave([4], 1, 0.1), wave([12, 4], 1, 0.2)],
    1e-4,
  );
});

test("few turns are written out, no turns give what was carried in, and a layer without elements nothing", async () => {
  const f: Fn = (c, xs) => {
    const [last, ys] = scan((c: tf.Tensor, x: tf.Tensor) => [add(c, x), tf.mul(c, x)] as const, c, xs);
    return [last, ys];
  };
  for (const turns of [0, 1, 4]) {
    const text = await check(f, [wave([3], 1, 0.1), tf.ones([turns, 3])]);
    expect(text).not.toMatch(/^ {2}scan/m);
  }
  const empty = await check((c, xs) => {
    const [carry, ys] = scan(([c, e]: tf.Tensor[], x: tf.Tensor) => [[add(c!, 1), add(e!, x)], [x, c!]] as const, [c, tf.zeros([0, 2])], xs); // prettier-ignore
    return [...carry, ...ys];
  }, [tf.scalar(0), tf.zeros([9, 0, 2])]); // prettier-ignore
  expect(empty).toMatch(/^ {2}scan .* 9 times/m);
});

test("Variables and random streams are written in place, turn by turn", async () => {
  const run = async (target: "webgpu" | "kernels") => {
    const rngs = new Rngs(3);
    const norm = new BatchNorm(3, { rngs });
    const seen = new Variable<tf.Tensor>(tf.scalar(0, "int32"));
    const step = jit(
      (norm: BatchNorm, rngs: Rngs, xs: tf.Tensor) => {
        const body = (c: tf.Tensor, x: tf.Tensor) => {
          seen.value = add(seen.value, tf.scalar(1, "int32"));
          const next = norm.forward(add(tf.mul(c, 0.5), tf.mul(x, rngs.uniform([4, 3]))));
          return [next, tf.mean(next)] as const;
        };
        return scan(body, tf.zeros<tf.Rank>([4, 3]), xs);
      },
      { target },
    );
    const xs = wave([6, 4, 3], 1, 0.1);
    tf.dispose(step(norm, rngs, xs));
    const results = step(norm, rngs, xs);
    const { count } = rngs.stream();
    const all = [...results, norm.mean.value, norm.var.value, seen.value, count.value];
    const data = await Promise.all(all.map((tensor) => tensor.data()));
    tf.dispose([xs, ...results]);
    for (const part of [norm, rngs, seen, step]) part.dispose();
    return data.map((elements) => [...elements]);
  };
  const [found, expected] = [await run("webgpu"), await run("kernels")];
  expect(found.slice(-2)).toEqual([[12], expected.at(-1)!]);
  for (const [i, elements] of found.entries())
    for (const [at, value] of elements.entries()) expect(value).toBeCloseTo(expected[i]![at]!, 4);
});

test("a condition is a known number of turns, or an error that says what to do", async () => {
  await check((x) => [foriLoop(0, 9, (i: tf.Scalar, x: tf.Tensor) => add(x, tf.cast(i, "float32")), x)], [tf.ones([2])]); // prettier-ignore
  const until = (x: tf.Tensor) => whileLoop((x: tf.Tensor) => tf.less(tf.sum(x), 100), (x) => tf.mul(x, 2), x); // prettier-ignore
  using outside = jit(until, { target: "webgpu" });
  using inside = jit((xs: tf.Tensor) => scan((c: tf.Tensor, x: tf.Tensor) => [until(add(c, x)), x] as const, tf.ones([2]), xs), { target: "webgpu" }); // prettier-ignore
  expect(() => outside(tf.ones([2]))).toThrow(UnsupportedKernelError);
  expect(() => inside(tf.ones([7, 2]))).toThrow(
    /whileLoop.*Use foriLoop with numbers for its bounds or scan/s,
  );
});

test("calls leave nothing behind, and a loop is one part of a profile", async () => {
  const layer = new Linear(4, 4, { rngs: new Rngs(0) });
  const before = gpuMemory().bytesUsed;
  const step = jit(
    (layer: Linear, xs: tf.Tensor) =>
      scan((c: tf.Tensor, x: tf.Tensor) => [tf.tanh(add(layer.forward(c), x)), tf.sum(c)] as const, tf.zeros([2, 4]), xs),
    { target: "webgpu" },
  ); // prettier-ignore
  const xs = tf.ones([20, 2, 4]);
  tf.dispose(step(layer, xs));
  const { bytesUsed } = gpuMemory();
  const { numTensors } = tf.memory();
  for (let i = 0; i < 20; i++) tf.dispose(step(layer, xs));
  expect(tf.memory().numTensors).toBe(numTensors);
  expect(gpuMemory().bytesUsed).toBe(bytesUsed);
  const { result, launches } = await step.profile(layer, xs);
  expect(launches.filter(({ label }) => label.endsWith(" 20 times"))).toHaveLength(1);
  const hasClock = webgpuDevice().features.has("timestamp-query");
  for (const { milliseconds, flops } of launches) {
    expect(milliseconds !== undefined).toBe(hasClock);
    expect(flops).toBeGreaterThanOrEqual(0);
  }
  tf.dispose([xs, result]);
  step.dispose();
  layer.dispose();
  expect(gpuMemory().bytesUsed).toBe(before);
});
