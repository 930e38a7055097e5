/** @file What a table of character pairs knows of names: the figure to beat. */
import type { Names } from "./split.ts";

/**
 * The mean of `-log p(next | previous)` over the characters and ends of the names in `test`, in nats, with
 * probabilities from the pairs counted in `train`, each once more than it occurs.
 */
export async function bigramLoss(train: Names, test: Names, vocabulary: number): Promise<number> {
  const counts = Array.from({ length: vocabulary }, () => Array<number>(vocabulary).fill(1));
  for (const [previous, next] of await pairsOf(train)) counts[previous]![next]!++;
  const totals = counts.map((row) => row.reduce((sum, count) => sum + count, 0));
  const losses = (await pairsOf(test)).map(
    ([previous, next]) => -Math.log(counts[previous]![next]! / totals[previous]!),
  );
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

/** Each token with the one after it, from before the first character to the end of each name. */
async function pairsOf({ tokens, lengths }: Names): Promise<[number, number][]> {
  const [flat, counts] = await Promise.all([tokens.data(), lengths.data()]);
  const width = tokens.shape[1];
  return [...counts].flatMap((count, row) =>
    Array.from({ length: count + 1 }, (_, i): [number, number] => {
      const at = row * width + i;
      return [flat[at]!, flat[at + 1]!];
    }),
  );
}
