/** @file Left anywhere and entered again, any loader gives what it gives in one go, and leaves nothing behind. */
import { Rngs } from "@nnx-js/nn";
import { loader } from "@nnx-js/train";
import * as tf from "@tensorflow/tfjs-core";
import * as fc from "fast-check";
import { expect, test } from "vitest";

const cases = fc.record({
  source: fc.constantFrom("tensors", "array", "iterable", "async iterable"),
  size: fc.integer({ min: 1, max: 17 }),
  batchSize: fc.integer({ min: 1, max: 6 }),
  dropLast: fc.boolean(),
  isShuffled: fc.boolean(),
  map: fc.constantFrom("none", "at once", "later"),
  prefetch: fc.integer({ min: 0, max: 3 }),
  concurrency: fc.integer({ min: 1, max: 3 }),
  epochs: fc.integer({ min: 1, max: 3 }),
  stops: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 5 }),
});
type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never;

function make({ source, size, isShuffled, map, stops: _stops, ...rest }: Case) {
  const numbers = Array.from({ length: size }, (_, i) => i);
  const rngs = new Rngs(0);
  const options = {
    ...rest,
    ...(isShuffled && { shuffle: rngs, shuffleBuffer: 4 }),
    ...(map === "at once" && { map: (x: number | tf.Tensor) => (typeof x === "number" ? x : tf.add(x, 0)) }),
    ...(map === "later" && { map: async (x: number | tf.Tensor) => (typeof x === "number" ? x : x.clone()) }),
  };
  const tensor = tf.tensor1d(numbers);
  const sources = {
    tensors: tensor,
    array: numbers,
    iterable: () => numbers.values(),
    "async iterable": async function* () {
      yield* numbers;
    },
  };
  const data = loader(
    (sources as unknown as Record<string, number[]>)[source]!,
    options as { batchSize: number },
  );
  const dispose = () => [rngs, tensor, data].map((part) => part.dispose());
  return { data, dispose };
}

async function values(batch: unknown): Promise<number[][]> {
  const parts = batch instanceof tf.Tensor ? [batch] : Object.values(batch as Record<string, tf.Tensor>);
  return Promise.all(parts.map(async (part) => [...(await part.data())]));
}

test("whatever the source, the options and the moments", async () => {
  await fc.assert(
    fc.asyncProperty(cases, async (drawn) => {
      fc.pre(!drawn.dropLast || drawn.size >= drawn.batchSize);
      const before = tf.memory().numTensors;
      const whole = make(drawn);
      const expected: number[][][] = [];
      for await (const batch of whole.data) expected.push(await values(batch));
      const perPass = drawn.dropLast ? Math.floor : Math.ceil;
      expect(expected).toHaveLength(drawn.epochs * perPass(drawn.size / drawn.batchSize));

      const parts = make(drawn);
      const seen: number[][][] = [];
      for (const stop of [...drawn.stops, Infinity]) {
        let left = stop;
        for await (const batch of parts.data) {
          seen.push(await values(batch));
          if (--left === 0) break;
        }
      }
      expect(seen).toEqual(expected);
      whole.dispose();
      parts.dispose();
      expect(tf.memory().numTensors).toBe(before);
    }),
    { numRuns: 150 },
  );
});
