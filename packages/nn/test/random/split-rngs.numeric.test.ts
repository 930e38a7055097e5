/** @file The words and counts of streams that are split for lanes are Flax's, bit for bit. */
import { Any, type Filter, Not, Rngs, type Seeds, splitRngs } from "@nnx-js/nn";
import type { GoldenArray } from "@nnx-js/testing";
import golden from "@nnx-js/testing/golden/transforms.json" with { type: "json" };
import type * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

type Words = Record<string, { key: GoldenArray; count: GoldenArray }>;

interface SplitCase {
  call: string;
  spec: Seeds;
  draws_before: number;
  options: { splits: number | number[]; squeeze?: boolean; only?: string };
  before: Words;
  inside: Words;
  restored: Words;
  result: Words;
  after: Words;
  next_key_of_result: Record<string, GoldenArray>;
}

const all = (golden.cases as unknown as { name: string; cases?: SplitCase[] }[]).find(
  ({ name }) => name === "rng_streams",
)!.cases!;

/** Flax's filters, as Python writes them. */
const FILTERS: Record<string, Filter> = { params: "params" };

function filterOf(only: string | undefined): Filter | undefined {
  if (only === undefined || only in FILTERS) return FILTERS[only ?? ""];
  return only.startsWith("Not") ? Not("params") : Any("params", "default");
}

async function wordsOf(tensor: tf.Tensor) {
  return { shape: tensor.shape, data: Array.from(await tensor.data(), (word) => word >>> 0) };
}

async function streamsOf(rngs: Rngs) {
  const entries = rngs
    .streams()
    .map(async ([name, { key, count }]) => [
      name,
      { key: await wordsOf(key.value), count: await wordsOf(count.value) },
    ]);
  return Object.fromEntries(await Promise.all(entries)) as unknown;
}

const arrays = (words: Words) =>
  Object.fromEntries(
    Object.entries(words).map(([name, { key, count }]) => [
      name,
      { key: { shape: key.shape, data: key.data }, count: { shape: count.shape, data: count.data } },
    ]),
  );

const drawn = ({ spec, draws_before: draws }: SplitCase) => {
  const rngs = new Rngs(spec);
  for (let i = 0; i < draws; i++) for (const [, stream] of rngs.streams()) stream.next().dispose();
  return rngs;
};

test.each(all.filter(({ call }) => call === "with nnx.split_rngs(rngs, **options)"))(
  "$spec, $draws_before draws, $options",
  async (flax) => {
    const rngs = drawn(flax);
    expect(await streamsOf(rngs)).toEqual(arrays(flax.before));
    const { splits, squeeze, only } = flax.options;
    const backups = splitRngs(rngs, { splits, squeeze, only: filterOf(only) });
    expect(await streamsOf(rngs)).toEqual(arrays(flax.inside));
    backups.restore();
    expect(await streamsOf(rngs)).toEqual(arrays(flax.restored));
  },
);
