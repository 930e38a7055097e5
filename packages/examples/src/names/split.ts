/** @file Names as tensors, and how they are divided. */
import { random } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";

/** Names as rows of tokens. A type and not an interface, so that `tf.tidy` takes it. */
export type Names = {
  /** [n, length + 1], int32: the end token, the characters, and end tokens up to the end of the row. */
  tokens: tf.Tensor2D;
  /** [n], int32: how many characters each name has. */
  lengths: tf.Tensor1D;
};

/** Two parts that share no name, and what their tokens mean. */
export interface NamesSplit {
  /** The characters by token; token 0 is no character, but the end of a name and what comes before its first. */
  vocabulary: readonly string[];
  /** The characters of the longest name, and one more for the end. */
  length: number;
  /** To learn from. */
  train: Names;
  /** Held back, to measure what was learned. */
  test: Names;
}

/** Size and seed of a split. */
export interface NamesOptions {
  /** Names in the test part. */
  test: number;
  /** Names in the training part; all others unless given. */
  train?: number | undefined;
  /** The same seed gives the same split. */
  seed: number;
}

/** The token that ends a name, and that the first character follows. */
export const END = 0;

/**
 * Shuffles names and cuts off both parts. The caller disposes of both.
 *
 * @throws RangeError if there are fewer names than the two parts need
 */
export async function splitNames(
  names: readonly string[],
  { test, train, seed }: NamesOptions,
): Promise<NamesSplit> {
  const trainSize = train ?? names.length - test;
  if (trainSize < 1 || trainSize + test > names.length) {
    throw new RangeError(
      `splitNames: expected at most ${names.length} names in all, got ${trainSize} to train and ${test} to test.`,
    );
  }
  using order = tf.tidy(() => random.permutation(random.key(seed), names.length));
  const shuffled = [...(await order.data())].map((index) => names[index]!);
  const vocabulary = ["", ...[...new Set(names.join(""))].sort()];
  const length = 1 + Math.max(...names.map((name) => name.length));
  const encode = (part: readonly string[]) => encodeNames(part, vocabulary, length);
  return {
    vocabulary,
    length,
    train: encode(shuffled.slice(test, test + trainSize)),
    test: encode(shuffled.slice(0, test)),
  };
}

function encodeNames(names: readonly string[], vocabulary: readonly string[], length: number): Names {
  const tokenOf = new Map(vocabulary.map((character, token) => [character, token]));
  const rows = names.map((name) => {
    const tokens = Array.from(name, (character) => tokenOf.get(character)!);
    return [END, ...tokens, ...Array<number>(length - tokens.length).fill(END)];
  });
  return {
    tokens: tf.tensor2d(rows, [names.length, length + 1], "int32"),
    lengths: tf.tensor1d(
      names.map((name) => name.length),
      "int32",
    ),
  };
}

/** The name that a row of tokens spells, up to its first end token. */
export function decodeName(tokens: readonly number[], vocabulary: readonly string[]): string {
  const end = tokens.indexOf(END);
  return (end < 0 ? tokens : tokens.slice(0, end)).map((token) => vocabulary[token]).join("");
}
