/** @file Each kernel in lanes gives what it gives lane by lane, and so do its gradients. */
import { random } from "@nnx-js/tensor";
import { vmap } from "@nnx-js/nn";
import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, inject, test } from "vitest";
import { type Program, PROGRAMS } from "./programs.ts";

const LANES = 3;

function fill([shape, below]: Program["inputs"][number], lanes: number | undefined, seed: number): tf.Tensor {
  const full = lanes === undefined ? [...shape] : [lanes, ...shape];
  const key = random.key(seed);
  if (below === undefined) return random.uniform(key, full, -1, 1);
  if (below === "sorted") return tf.reshape(tf.linspace(-1, 1, tf.util.sizeFromShape(full)), full);
  if (below === "bool") return random.bernoulli(key, 0.5, full);
  return random.randint(key, full, 0, below);
}

const asList = (result: tf.Tensor | tf.Tensor[]) => (Array.isArray(result) ? result : [result]);

function weighted(result: tf.Tensor | tf.Tensor[]): tf.Tensor {
  return tf.addN(asList(result).map((y, i) => tf.sum(tf.mul(y, wave(y.shape, 1, i)))));
}

/** All ways to give lanes to some of the inputs, but none. */
function choices({ inputs, lanes = inputs.map((_, i) => i) }: Program): boolean[][] {
  return Array.from({ length: 2 ** lanes.length - 1 }, (_, n) =>
    inputs.map((_input, i) => lanes.includes(i) && ((n + 1) >> lanes.indexOf(i)) % 2 === 1),
  );
}

function compare(actual: tf.Tensor[], expected: tf.Tensor[], what: string): void {
  for (const [i, y] of actual.entries()) {
    expect(y.shape, `${what}, output ${i}`).toEqual(expected[i]!.shape);
    expect(y.dtype, `${what}, output ${i}`).toBe(expected[i]!.dtype);
    const [a, b] = [y.dataSync(), expected[i]!.dataSync()];
    const off = a.findIndex((value, j) => !(Math.abs(value - b[j]!) <= 2e-5 * (1 + Math.abs(b[j]!))) && !(Number.isNaN(value) && Number.isNaN(b[j]!))); // prettier-ignore
    if (off >= 0) throw new Error(`${what}, output ${i} at ${off}: expected ${b[off]}, got ${a[off]}`);
  }
}

// webgpu cannot give values at once.
// oxlint-disable-next-line vitest/expect-expect -- `compare` throws
test.skipIf(inject("backend") === "webgpu").each(Object.entries(PROGRAMS))("%s", (name, program) => {
  for (const choice of choices(program)) {
    const what = `${name} (${choice.map(Number).join("")})`;
    const inputs = program.inputs.map((input, i) => fill(input, choice[i] ? LANES : undefined, i + 1));
    const inAxes = choice.map((isBatched) => (isBatched ? 0 : null));
    const lane = (given: tf.Tensor[], n: number) =>
      given.map((x, i) => (choice[i] ? tf.gather(x, tf.scalar(n, "int32")) : x));
    const inLanes = (...given: tf.Tensor[]) =>
      vmap((...x: tf.Tensor[]) => asList(program.run(...x)), { inAxes })(...given);
    const looped = (...given: tf.Tensor[]) => {
      const results = Array.from({ length: LANES }, (_, n) => asList(program.run(...lane(given, n))));
      return results[0]!.map((_, i) => tf.stack(results.map((outputs) => outputs[i]!)));
    };
    compare(inLanes(...inputs), looped(...inputs), what);
    const floats = program.inputs.flatMap(([, below], i) => (below === undefined ? [i] : []));
    if (program.differentiable === false || floats.length === 0) continue;
    const gradientsOf = (f: (...x: tf.Tensor[]) => tf.Tensor[]) =>
      tf.grads((...given) => {
        const all = inputs.map((x, i) => (floats.includes(i) ? given[floats.indexOf(i)]! : x));
        return weighted(f(...all));
      })(floats.map((i) => inputs[i]!));
    compare(gradientsOf(inLanes), gradientsOf(looped), `gradient of ${what}`);
    // And the gradient of each lane.
    const gradient = (...x: tf.Tensor[]) =>
      tf.grads((...given) => weighted(program.run(...x.map((y, i) => (floats.includes(i) ? given[floats.indexOf(i)]! : y)))))(floats.map((i) => x[i]!)); // prettier-ignore
    const each = Array.from({ length: LANES }, (_, n) => gradient(...lane(inputs, n)));
    compare(
      vmap(gradient, { inAxes })(...inputs),
      each[0]!.map((_, i) => tf.stack(each.map((outputs) => outputs[i]!))),
      `gradients in lanes of ${what}`,
    );
  }
});
