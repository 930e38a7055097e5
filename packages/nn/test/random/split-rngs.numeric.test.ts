/** @file The words and counts of streams that are split for lanes are Flax's, bit for bit. */
import { Any, type Filter, Not, Rngs, type Seeds, splitRngs } from "@nnx-js/nn";
import type { GoldenArray } from "@nnx-js/testing";
import golden from "@nnx-js/testing/golden/transforms.json" with { type: "json" };
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

function wordsOf(tensor: { dataSync(): ArrayLike<number>; shape: number[] }) {
  return { shape: tensor.shape, data: Array.from(tensor.dataSync(), (word) => word >>> 0) };
}

function streamsOf(rngs: Rngs) {
  return Object.fromEntries(
    rngs
      .streams()
      .map(([name, { key, count }]) => [name, { key: wordsOf(key.value), count: wordsOf(count.value) }]),
  );
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
  (flax) => {
    const rngs = drawn(flax);
    expect(streamsOf(rngs)).toEqual(arrays(flax.before));
    const { splits, squeeze, only } = flax.options;
    const backups = splitRngs(rngs, { splits, squeeze, only: filterOf(only) });
    expect(streamsOf(rngs)).toEqual(arrays(flax.inside));
    backups.restore();
    expect(streamsOf(rngs)).toEqual(arrays(flax.restored));
  },
);
