/** @file Random numbers bit for bit, and random programs with their gradients, run by JAX from what is exported. */
import { vmap } from "@nnx-js/nn";
import { random } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { choices, exactly, input } from "../../../jit/test/programs/mixed-program.ts";
import { OPERATIONS, SHAPE } from "../../../jit/test/programs/mixed-operations.ts";
import {
  describeProgram,
  largestOf,
  type Program,
  programs,
  runExactly,
  runTensors,
} from "../../../jit/test/programs/program.ts";
import { exportStableHlo } from "../../src/index.ts";
import { findPython, runModules } from "./python.ts";

const python = findPython();

/** How many programs are in a module. */
const TOGETHER = 30;

/** All that is drawn from a key; `exact` are words and what is chosen by them. */
const draws = (key: tf.Tensor1D, count: tf.Tensor) => ({
  exact: {
    bits: random.bits(key, [3, 5, 7]),
    scalar: random.bits(key, []),
    split: random.split(key, 5),
    folded: random.foldIn(key, count),
    randint: random.randint(key, [64], -7, 1000),
    wide: random.randint(key, [64], -(2 ** 31), 2 ** 31 - 1),
    bernoulli: random.bernoulli(key, 0.3, [64]),
    order: random.permutation(key, 100),
    // Two rounds of sorting.
    long: random.permutation(key, 3000),
    lanes: vmap((own: tf.Tensor) => random.randint(random.take(random.split(own, 3), 1), [4], -7, 1000))(
      random.split(key, 5),
    ),
  },
  close: {
    uniform: random.uniform(key, [200]),
    between: random.uniform(key, [200], { minval: -3, maxval: 0.1 }),
    normal: random.normal(key, [200]),
    truncated: random.truncatedNormal(key, -1, 2.5, [200]),
    gumbel: random.gumbel(key, [200]),
    exponential: random.exponential(key, [200]),
    laplace: random.laplace(key, [200]),
    logistic: random.logistic(key, [200]),
  },
});

test.skipIf(!python)("random words are the same bit for bit", { timeout: 120_000 }, async () => {
  const seeds = [0, 42, -1];
  const text = await exportStableHlo(draws, [random.key(0), tf.scalar(0, "int32")]);
  const calls = seeds.map((seed) => ({ key: random.key(seed), count: tf.scalar(seed * 1_000_003, "int32") }));
  const ran = await runModules(
    python!,
    calls.map((inputs) => ({ text, inputs })),
  );
  for (const [i, { outputs, error }] of ran.entries()) {
    expect(error).toBeUndefined();
    const { exact, close } = draws(calls[i]!.key, calls[i]!.count);
    for (const [name, tensor] of Object.entries(exact))
      expect(Array.from(outputs[`exact.${name}`]!.dataSync()), name).toEqual(Array.from(tensor.dataSync()));
    for (const [name, tensor] of Object.entries(close))
      await expect(outputs[`close.${name}`]!, name).toBeAllClose(tensor, { rtol: 2e-5, atol: 1e-6 });
  }
});

function grouped<T>(items: readonly T[]): T[][] {
  const count = Math.ceil(items.length / TOGETHER);
  return Array.from({ length: count }, (_, i) => items.slice(i * TOGETHER, (i + 1) * TOGETHER));
}

/** Value and gradients of a program. */
function both(program: Program, xs: tf.Tensor[]): tf.Tensor[] {
  // A program that never uses an input has no gradient there; the sum with nothing of it is zero.
  const touched = (...ys: tf.Tensor[]) =>
    tf.add<tf.Scalar>(runTensors(program, ys), tf.addN(ys.map((y) => tf.sum(tf.mul(y, 0)))));
  return [runTensors(program, xs), ...tf.grads(touched)(xs)];
}

test.skipIf(!python)(
  "random programs and their gradients are as in eager code",
  { timeout: 240_000 },
  async () => {
    const groups = grouped(fc.sample(programs, { numRuns: 30, seed: 7 })).map((group) => ({
      group,
      args: group.map(({ inputs }) =>
        inputs.map(({ shape, data }) => tf.tensor([...data], [...shape], "float32")),
      ),
    }));
    const jobs = await Promise.all(
      groups.map(async ({ group, args }) => {
        const step = (...all: tf.Tensor[][]) => all.map((xs, i) => both(group[i]!, xs));
        const names = group.map((_, i) => `p${i}`);
        const inputs = args.flatMap((xs, i) => xs.map((x, j) => [`p${i}.${j}`, x] as const));
        return { text: await exportStableHlo(step, args, { names }), inputs: Object.fromEntries(inputs) };
      }),
    );
    const ran = await runModules(python!, jobs);
    for (const [n, { outputs, error }] of ran.entries()) {
      expect(error).toBeUndefined();
      const { group, args } = groups[n]!;
      for (const [i, program] of group.entries()) {
        const scale = Math.max(1, largestOf(program));
        const eager = both(program, args[i]!);
        const exact = runExactly(program, program.inputs);
        const value = outputs[`output.${i}.0`]!.dataSync()[0]!;
        const off = Math.abs(eager[0]!.dataSync()[0]! - exact);
        expect(Math.abs(value - exact), describeProgram(program)).toBeLessThan(4 * off + 1e-5 * scale);
        for (const [j, gradient] of eager.slice(1).entries()) {
          const largest = Math.max(scale, ...gradient.dataSync().map(Math.abs));
          const tolerance = { rtol: 1e-4, atol: 1e-5 * largest };
          await expect(outputs[`output.${i}.${j + 1}`]!, describeProgram(program)).toBeAllClose(
            gradient,
            tolerance,
          );
        }
      }
    }
  },
);

const isDenormal = (x: number) => x !== 0 && Math.abs(x) < 2 ** -126;

test.skipIf(!python)("programs of integers and truth values are exact", { timeout: 240_000 }, async () => {
  const all = fc
    .sample(fc.tuple(input, input, choices), { numRuns: 60, seed: 11 })
    .map(([a, b, picks]) => ({ inputs: [a, b], ...exactly([a, b], picks) }))
    // XLA takes denormals for zero.
    .filter(({ steps, inputs }) => steps.length > 0 && !inputs.some(({ data }) => data.some(isDenormal)));
  const groups = grouped(all).map((group) => ({
    group,
    args: group.map(({ inputs }) => inputs.map(({ dtype, data }) => tf.tensor([...data], SHAPE, dtype))),
  }));
  const jobs = await Promise.all(
    groups.map(async ({ group, args }) => {
      const step = (...lists: tf.Tensor[][]) =>
        lists.map((xs, i) => {
          const values = [...xs];
          for (const { name, one, two, pick } of group[i]!.steps)
            values.push(OPERATIONS[name]!.tensor(values[one]!, values[two]!, pick));
          return values.slice(xs.length);
        });
      const names = group.map((_, i) => `p${i}`);
      const inputs = args.flatMap((xs, i) => xs.map((x, j) => [`p${i}.${j}`, x] as const));
      return { text: await exportStableHlo(step, args, { names }), inputs: Object.fromEntries(inputs) };
    }),
  );
  const ran = await runModules(python!, jobs);
  const problems: string[] = [];
  let whole = 0;
  for (const [n, { outputs, error }] of ran.entries()) {
    expect(error).toBeUndefined();
    for (const [i, { values, steps }] of groups[n]!.group.entries()) {
      const different = values.findIndex(({ data }, j) => {
        const found = outputs[`output.${i}.${j}`]!.dataSync();
        return !found.every((x, k) => Object.is(x + 0, data[k]! + 0));
      });
      if (different < 0) whole++;
      // XLA rounds a product and a sum once, and takes NaN times false for 0: what follows is another program.
      else if (values[different]!.dtype !== "float32") {
        problems.push(`${steps[different]!.name} of ${steps.map(({ name }) => name).join()}`);
      }
    }
  }
  expect(problems).toEqual([]);
  expect(whole).toBeGreaterThan(0.9 * all.length);
});
