/** @file Random programs that read and write Variables, in any order, do under jit what they do without. */
import { jit } from "@nnx-js/jit";
import { Param } from "@nnx-js/nn";
import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect, inject, test } from "vitest";

/** How many programs, and which: `PROGRAMS=2000 SEED=3` tries others. */
const isGpu = inject("backend") === "webgpu";
// A software GPU compiles each of them for a second.
const { PROGRAMS: RUNS = isGpu ? 12 : 100, SEED = 7 } = globalThis.process?.env ?? {};
const TARGETS = isGpu ? (["webgpu"] as const) : (["wasm", "kernels"] as const);

/** Of two square matrices one more: smooth, so that rounding errors stay rounding errors. */
const OPERATIONS: readonly ((a: tf.Tensor, b: tf.Tensor) => tf.Tensor)[] = [
  (a, b) => tf.add(a, b),
  (a, b) => tf.mul(a, tf.tanh(b)),
  (a, b) => tf.tanh(tf.matMul(a, b)),
  (a, b) => tf.tanh(tf.matMul(a, b, true)),
  (a, b) => tf.sub(a, tf.mean(b, 0, true)),
  (a, b) => tf.div(a, tf.add(1, tf.sum(tf.square(b), 1, true))),
  (a) => tf.transpose(a),
  (a) => tf.reverse(a, 0),
  (a) => tf.softmax(a),
];

type Line = readonly [what: number, first: number, second: number, variable: number];

const lines = fc.array(fc.tuple(fc.nat(99), fc.nat(99), fc.nat(99), fc.nat(99)), {
  minLength: 3,
  maxLength: 18,
});

/** Runs the lines: each makes a matrix, keeps the value that a Variable has, or gives it another one. */
function run(program: readonly Line[], variables: readonly Param[], x: tf.Tensor): tf.Tensor[] {
  const values = [x, ...variables.map(({ value }) => value.clone())];
  for (const [what, first, second, which] of program) {
    const a = values[first % values.length]!;
    const variable = variables[which % variables.length]!;
    const operation = OPERATIONS[what % (OPERATIONS.length + 4)];
    if (operation) values.push(operation(a, values[second % values.length]!));
    else if (what % 2 === 0) values.push(variable.value.clone());
    else variable.value = tf.clipByValue(a, -3, 3);
  }
  return [...values.slice(-3), tf.sum(values.at(-2)!)];
}

async function contents(results: readonly tf.Tensor[], variables: readonly Param[]): Promise<number[]> {
  const tensors = [...results, ...variables.map(({ value }) => value)];
  const values = await Promise.all(tensors.map((tensor) => tensor.data()));
  tf.dispose([...results]);
  return values.flatMap((elements) => [...elements]);
}

test.each(TARGETS)("the target %s writes and gives what eager code does", async (target) => {
  await fc.assert(
    fc.asyncProperty(
      lines,
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 3 }),
      async (program, n, count) => {
        const x = wave([n, n], 1, 0.3);
        const variables = () => Array.from({ length: count }, (_, i) => new Param(wave([n, n], 1, i)));
        const [compiled, eager] = [variables(), variables()];
        const jitted = jit((all: Param[], x: tf.Tensor) => run(program, all, x), { target });
        for (let call = 0; call < 3; call++) {
          const found = await contents(jitted(compiled, x), compiled);
          const expected = await contents(
            tf.tidy(() => run(program, eager, x)),
            eager,
          );
          // Three calls of up to 18 lines: rounding errors add up.
          const isFar = expected.some((value, i) => !(Math.abs(found[i]! - value) <= 1e-3 * (1 + Math.abs(value)))); // prettier-ignore
          expect(isFar ? { found, expected, call } : undefined).toBeUndefined();
        }
        jitted.dispose();
        for (const each of [...compiled, ...eager, x]) each.dispose();
      },
    ),
    { numRuns: Number(RUNS), seed: Number(SEED) },
  );
});
