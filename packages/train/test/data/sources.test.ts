/** @file Batches of everything that examples come from, mapped and put together in order. */
import { Rngs } from "@nnx-js/nn";
import { DataSourceError, loader } from "@nnx-js/train";
import * as tf from "@tensorflow/tfjs-core";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

let before: number;
beforeEach(() => {
  before = tf.memory().numTensors;
});
afterEach(() => {
  const left = tf.memory().numTensors - before;
  if (left !== 0) throw new Error(`${left} tensors are left over`);
});

/** Batches with arrays in the place of tensors. */
async function read(batches: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const batch of batches) all.push(plain(batch));
  return all;
}

function plain(value: unknown): unknown {
  if (value instanceof tf.Tensor) return value.arraySync();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)]));
}

const whole = { batchSize: 2, dropLast: true } as const;

describe("examples in memory", () => {
  test("numbers, booleans and typed arrays", async () => {
    expect(await read(loader([1, 2, 3], { batchSize: 2 }))).toEqual([
      { batch: [1, 2], mask: [1, 1] },
      { batch: [3, 3], mask: [1, 0] },
    ]);
    for await (const batch of loader([true, false], whole)) expect(batch.dtype).toBe("bool");
    for await (const batch of loader(Float64Array.of(1, 2), whole)) expect(batch.dtype).toBe("float32");
    for await (const batch of loader(Uint8Array.of(1, 200), whole)) {
      expect([batch.dtype, plain(batch)]).toEqual(["int32", [1, 200]]);
    }
  });

  test("objects, tuples, nested arrays and texts", async () => {
    const examples = [
      { image: Float32Array.of(1, 2), label: 3, name: "a", corners: [[0, 1], [2, 3]], pair: [Int32Array.of(7), 0.5] as [Int32Array, number] }, // prettier-ignore
      { image: Float32Array.of(4, 5), label: 6, name: "b", corners: [[4, 5], [6, 7]], pair: [Int32Array.of(8), 1.5] as [Int32Array, number] }, // prettier-ignore
    ];
    const data = loader(examples, { ...whole, dtype: { label: "int32" } });
    for await (const { image, label, name, corners, pair } of data) {
      expect([image.dtype, label.dtype, corners.dtype, pair[0].dtype]).toEqual(["float32", "int32", "float32", "int32"]); // prettier-ignore
      expect(plain([image, label, name, corners, pair])).toEqual([
        [[1, 2], [4, 5]],
        [3, 6],
        ["a", "b"],
        [[[0, 1], [2, 3]], [[4, 5], [6, 7]]],
        [[[7], [8]], [0.5, 1.5]],
      ]); // prettier-ignore
    }
  });

  test("tensors in arrays stay the caller's", async () => {
    const examples = [tf.tensor1d([1, 2]), tf.tensor1d([3, 4])];
    expect(await read(loader(examples, whole))).toEqual([[[1, 2], [3, 4]]]); // prettier-ignore
    expect(await read(loader(examples, { ...whole, map: (x) => x }))).toEqual([[[1, 2], [3, 4]]]); // prettier-ignore
    tf.dispose(examples);
  });

  test("rows of tensors as examples of a map", async () => {
    const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
    const data = loader({ x }, { ...whole, map: ({ x }) => ({ x: tf.mul(x, 2), sum: tf.sum(x) }) });
    expect(await read(data)).toEqual([{ x: [[2, 4], [6, 8]], sum: [3, 7] }]); // prettier-ignore
    x.dispose();
  });

  test("mixed, each pass once and in an order of its own, the same for the same seed", async () => {
    const examples = Array.from({ length: 30 }, (_, i) => i);
    const passes = async (seed: number) => {
      using rngs = new Rngs(seed);
      using data = loader(examples, { batchSize: 5, shuffle: rngs, dropLast: true, epochs: 2 });
      const rows = (await read(data)).flat() as number[];
      return [rows.slice(0, 30), rows.slice(30)];
    };
    const [first, second] = await passes(0);
    for (const pass of [first!, second!]) expect([...pass].sort((a, b) => a - b)).toEqual(examples);
    expect(first).not.toEqual(second);
    expect(await passes(0)).toEqual([first, second]);
    expect(await passes(1)).not.toEqual([first, second]);
  });
});

describe("examples that come one after the other", () => {
  const numbers = function* (count: number) {
    for (let i = 0; i < count; i++) yield i;
  };

  test("iterables, async iterables, streams and promises in them", async () => {
    const expected = [[0, 1], [2, 3]]; // prettier-ignore
    expect(await read(loader(new Set(numbers(5)), whole))).toEqual(expected);
    const later = async function* () {
      for (const i of numbers(5)) yield setTimeout(1, i);
    };
    expect(await read(loader(() => later(), whole))).toEqual(expected);
    const stream = () => new Blob(["0123"]).stream().pipeThrough(new TransformStream<Uint8Array, number>({
      transform: (bytes, controller) => { for (const byte of bytes) controller.enqueue(byte - 48); },
    })); // prettier-ignore
    expect(await read(loader(stream, { ...whole, epochs: 2 }))).toEqual([...expected, ...expected]);
    expect(await read(loader(async () => numbers(4), whole))).toEqual(expected);
    const withoutIterator = { getReader: () => stream().getReader() } as unknown as ReadableStream<number>;
    expect(await read(loader(withoutIterator, whole))).toEqual(expected);
  });

  test("what is used up says how it begins anew", async () => {
    const data = loader(numbers(4), { ...whole, epochs: 2 });
    await expect(read(data)).rejects.toThrow(
      /epoch 1: expected a batch of examples, found none\. An iterator .* loader\(\(\) => examples\(\), …\)/,
    );
    await expect(read(loader(() => numbers(1), whole))).rejects.toThrow("epoch 0: expected a batch");
  });

  test("tensors of an iterator are the loader's", async () => {
    const tensors = function* () {
      for (let i = 0; i < 5; i++) yield tf.tensor1d([i]);
    };
    expect(await read(loader(tensors, whole))).toEqual([[[0], [1]], [[2], [3]]]); // prettier-ignore
    using rngs = new Rngs(0);
    using data = loader(tensors, { batchSize: 2, shuffle: rngs, shuffleBuffer: 3 });
    for await (const _batch of data) break;
    expect(await read(data)).toHaveLength(2);
  });

  test("a buffer mixes them, the same way from any place on", async () => {
    using rngs = new Rngs(0);
    const options = { batchSize: 4, shuffleBuffer: 10, epochs: 2, dropLast: true } as const;
    const make = () => loader(() => numbers(40), { ...options, shuffle: rngs });
    using data = make();
    const rows = (await read(data)).flat() as number[];
    expect(rows.slice(0, 40).sort((a, b) => a - b)).toEqual([...numbers(40)]);
    expect(rows.slice(0, 40)).not.toEqual(rows.slice(40));
    // None comes more than a buffer too early.
    expect(rows.every((row, place) => row <= (place % 40) + 10)).toBe(true);
    using again = make();
    again.key!.value = data.key!.value.clone();
    const seen: number[] = [];
    for (let i = 0; i < 5; i++) {
      // Left and entered again, three times in a pass.
      for await (const batch of again) {
        seen.push(...(plain(batch) as number[]));
        if (seen.length % 12 === 0) break;
      }
    }
    seen.push(...((await read(again)).flat() as number[]));
    expect(seen).toEqual(rows);
  });
});

describe("maps", () => {
  test("keep the order, and work on so many examples at a time", async () => {
    let [running, most] = [0, 0];
    const data = loader([5, 1, 4, 0, 3, 2, 5, 0], {
      batchSize: 4,
      dropLast: true,
      concurrency: 3,
      map: async (delay) => {
        most = Math.max(most, ++running);
        await setTimeout(delay);
        running--;
        return { delay, text: `${delay}` };
      },
    });
    expect(await read(data)).toEqual([
      { delay: [5, 1, 4, 0], text: ["5", "1", "4", "0"] },
      { delay: [3, 2, 5, 0], text: ["3", "2", "5", "0"] },
    ]);
    expect(most).toBe(3);
  });

  test("free what they make on the way, and what a batch is made of", async () => {
    const data = loader([1, 2, 3, 4], {
      ...whole,
      map: (x) => tf.add(tf.scalar(x), tf.scalar(1)),
      collate: (xs) => ({ sum: tf.addN(xs), first: xs[0]! }),
      mapBatch: ({ sum, first }) => ({ sum: tf.neg(sum), first }),
    });
    expect(await read(data)).toEqual([{ sum: -5, first: 2 }, { sum: -9, first: 4 }]); // prettier-ignore
    const later = loader([1, 2, 3, 4], {
      ...whole,
      map: async (x) => tf.scalar(await setTimeout(1, x)),
      collate: async (xs) => tf.addN(await setTimeout(1, xs)),
      mapBatch: async (sum) => tf.neg(await setTimeout(1, sum)),
    });
    expect(await read(later)).toEqual([-3, -7]);
    for await (const _batch of later) break;
  });

  test("batches are made ahead, so many and no more", async () => {
    const made: number[] = [];
    const data = loader(Array.from({ length: 20 }, (_, i) => i), { ...whole, prefetch: 3, mapBatch: (batch, { index }) => (made.push(index), batch) }); // prettier-ignore
    let given = 0;
    for await (const _batch of data) {
      given++;
      await setTimeout(1);
      expect(made.length).toBeLessThanOrEqual(given + 3);
      if (given === 4) break;
    }
    expect(made.length).toBeGreaterThanOrEqual(6);
    // What was made ahead and not given comes again.
    expect(((await read(data)) as number[][])[0]).toEqual([8, 9]);
  });
});

describe("failures", () => {
  const examples = Array.from({ length: 12 }, (_, i) => i);

  test("of a source name the example and the pass, and the next loop goes on after the last batch", async () => {
    let isBroken = true;
    const source = function* (epoch: number) {
      for (const example of examples) {
        if (epoch === 1 && example === 7 && isBroken) throw new RangeError("disk on fire");
        yield example;
      }
    };
    const data = loader(source, { batchSize: 3, dropLast: true, epochs: 2 });
    const rows: unknown[] = [];
    const failure = await (async () => {
      for await (const batch of data) rows.push(plain(batch));
    })().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DataSourceError);
    expect((failure as Error).message).toBe(
      "loader: example 7 of epoch 1: the source threw: disk on fire. The position is that of the last batch that was given: repair the source, and go on by iterating again.",
    );
    expect((failure as Error).cause).toBeInstanceOf(RangeError);
    expect(rows).toHaveLength(6);
    isBroken = false;
    expect(await read(data)).toEqual([[6, 7, 8], [9, 10, 11]]); // prettier-ignore
  });

  test.each(["at once", "later"])("of maps, %s", async (when) => {
    const fails = (name: string) => (value: number) => {
      if (value < 8) return value;
      if (when === "at once") throw new Error(name);
      return Promise.reject(new Error(name));
    };
    const options = { batchSize: 4, dropLast: true } as const;
    const seen: unknown[] = [];
    const failing = async (batches: AsyncIterable<unknown>) => {
      for await (const batch of batches) seen.push(plain(batch));
    };
    await expect(failing(loader(examples, { ...options, map: fails("map") }))).rejects.toThrow(
      "loader: example 8 of epoch 0: `map` threw: map.",
    );
    // Those before it came.
    expect(seen).toEqual([[0, 1, 2, 3], [4, 5, 6, 7]]); // prettier-ignore
    await expect(
      failing(loader(examples, { ...options, collate: ([first]) => fails("collate")(first!) })),
    ).rejects.toThrow("the batch that begins with example 8 of epoch 0: `collate` threw: collate.");
    const mapBatch = (batch: tf.Tensor1D) => fails("mapBatch")(batch.dataSync()[0]!);
    await expect(failing(loader(examples, { ...options, mapBatch }))).rejects.toThrow(
      "the batch from example 8 of epoch 0 on: `mapBatch` threw: mapBatch.",
    );
  });

  test("of shuffled examples name their place in the source", async () => {
    using rngs = new Rngs(0);
    using data = loader([{ x: [1, 2] }, { x: [1, 2] }, { x: [3] }], { batchSize: 3, shuffle: rngs });
    await expect(read(data)).rejects.toThrow(
      /example \d of epoch 0 \(number \d of the source\), x: expected numbers of shape \[\d\] as in the examples before, found numbers of shape \[\d\]\. .* `collate`/,
    );
  });

  test("of examples that are not alike", async () => {
    const read2 = (examples: unknown[]) => read(loader(examples, whole));
    await expect(read2([{ a: 1 }, { b: 1 }])).rejects.toThrow("expected an object with a as in the examples before, found an object with b"); // prettier-ignore
    await expect(read2([1, "a"])).rejects.toThrow('expected a number as in the examples before, found "a"');
    await expect(read2([[1, "a"], [1]])).rejects.toThrow("expected an array of 2");
    const tensors = [tf.scalar(1), tf.tensor1d([1])];
    await expect(read2(tensors)).rejects.toThrow("expected a float32 tensor of shape [] as");
    tf.dispose(tensors);
    await expect(read(loader([{ mask: 1 }], { batchSize: 1 }))).rejects.toThrow("found a part of examples named mask"); // prettier-ignore
  });

  test("two loops over one loader, and a position that is loaded in the middle, are refused", async () => {
    using data = loader(examples, whole);
    for await (const _batch of data) {
      await expect(read(data)).rejects.toThrow("expected a loader that nobody iterates over");
      break;
    }
    await expect(
      (async () => {
        for await (const _batch of data) data.position.epoch.value = tf.scalar(3, "int32");
      })(),
    ).rejects.toThrow("Leave the loop before you load one");
  });
});

test("options are checked", () => {
  const make = (source: unknown, options: unknown) => () => loader(source as number[], options as { batchSize: number }); // prettier-ignore
  expect(make([1], undefined)).toThrow("loader: expected options, got undefined. Write loader(source, { batchSize: 32 })."); // prettier-ignore
  expect(make([1], { batchsize: 3 })).toThrow("unknown option batchsize. Did you mean batchSize?");
  expect(make([1], {})).toThrow("batchSize: expected an integer of at least 1, got undefined");
  expect(make([1], { batchSize: 0 })).toThrow(
    "batchSize: expected an integer of at least 1, got the number 0",
  );
  expect(make([1], { batchSize: 1, shuffle: true })).toThrow("shuffle: expected Rngs, got the boolean true");
  expect(make([1], { batchSize: 1, dtype: "float16" })).toThrow(
    'dtype: expected "float32", "int32" or "bool"',
  );
  expect(make([1], { batchSize: 2, dropLast: true })).toThrow(
    "expected 2 examples for a batch, got 1 in all",
  );
  expect(make([], { batchSize: 2 })).toThrow("loader: expected examples, got none.");
  expect(make(5, { batchSize: 2 })).toThrow("loader: expected a source of examples, got the number 5");
  expect(make({}, { batchSize: 2 })).toThrow("got an object without tensors");
  const [three, four] = [tf.zeros([3]), tf.zeros([4, 1])];
  expect(make({ x: three, y: four }, { batchSize: 2 })).toThrow(
    "loader: y: expected 3 examples, as x has, got 4",
  );
  expect(make({ x: three, y: 3 }, { batchSize: 2 })).toThrow("loader: y: expected a tensor, got a number");
  expect(make({ x: new Float32Array(3) }, { batchSize: 2 })).toThrow(
    /x: expected a tensor, got a Float32Array of 3\. .* Write tf\.tensor\(/,
  );
  const texts = tf.tensor1d(["a", "b", "c"]);
  expect(make({ x: three, texts }, { batchSize: 2 })).toThrow("texts: expected a tensor of numbers");
  tf.dispose([three, four, texts]);
});

test("dtypes of parts that there are not", async () => {
  const data = loader([{ label: 1 }], { batchSize: 1, dtype: { lable: "int32" } as object });
  await expect(read(data)).rejects.toThrow(
    "loader: dtype: examples have no lable. Did you mean label? There are: label.",
  );
  data.dispose();
});
