/** @file Checks of the shapes of attention's operands. */
import { assertTensor } from "../../checked-arguments.ts";
import * as tf from "@tensorflow/tfjs-core";
import { ShapeMismatchError } from "../../errors.ts";

/** Checks that query, key and value fit together. */
export function assertOperands(query: tf.Tensor, key: tf.Tensor, value: tf.Tensor): void {
  for (const [name, x] of Object.entries({ query, key, value })) {
    assertTensor(x, "dotProductAttention", `a tensor as ${name}`);
  }
  const heads = query.shape.at(-2)!;
  const sameRank = query.rank >= 3 && key.rank === query.rank && value.rank === query.rank;
  const sharable = [key, value].every((x) => heads % (x.shape.at(-2) ?? 1) === 0);
  const rules: [holds: boolean, rule: string][] = [
    [sameRank, "query, key and value must have the same rank, at least 3"],
    [batchOf(key) === batchOf(query) && batchOf(value) === batchOf(query), "batch dims must match"],
    [query.shape.at(-1) === key.shape.at(-1), "the depths of query and key must match"],
    [key.shape.at(-3) === value.shape.at(-3), "the lengths of key and value must match"],
    [sharable, "the query's heads must be a multiple of those of key and value"],
  ];
  const problem = rules.find(([holds]) => !holds)?.[1];
  if (problem === undefined) return;
  const shapes = [query, key, value].map((x) => `[${x.shape.join(", ")}]`).join(", ");
  throw new ShapeMismatchError(
    `dotProductAttention: ${problem}, got query, key and value of shapes ${shapes}. They are ` +
      `[...batch, length, heads, depth].`,
  );
}

function batchOf(x: tf.Tensor): string {
  return x.shape.slice(0, -3).join();
}

/** Checks that a mask or bias broadcasts to the scores `[...batch, heads, queryLength, keyLength]`. */
export function assertBroadcasts(
  name: string,
  x: tf.Tensor | undefined,
  shape: readonly number[],
  layer?: object,
): void {
  if (!x) return;
  const sizes = shape.slice(shape.length - x.rank);
  if (x.rank <= shape.length && x.shape.every((size, i) => size === 1 || size === sizes[i])) return;
  throw new ShapeMismatchError(
    `expected a ${name} that broadcasts to [${shape.join(", ")}], [...batch, heads, queryLength, keyLength], got one ` +
      `of shape [${x.shape.join(", ")}]. Give the axes that it lacks the size 1, the heads above all: ` +
      `tf.expandDims(${name}, -3).`,
    layer,
  );
}
