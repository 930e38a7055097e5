/** @file Links before it is known where their leaves stand in the model. */
import type { StateLeaf } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { Link } from "./layout.ts";
import { type Relayout, same } from "./relayout.ts";

/** A {@link Link} that names its leaves themselves. */
export interface Draft extends Omit<Link, "paths"> {
  readonly leaves: readonly StateLeaf[];
}

/** A leaf, and how its elements are ordered in the file. */
export type Piece = readonly [leaf: StateLeaf, relayout: Relayout];

/** One leaf as one tensor. */
export function one(leaf: StateLeaf, name: string, relayout: Relayout = same): Draft {
  return {
    leaves: [leaf],
    parts: [{ name, shape: relayout.fileShape(leaf.shape) }],
    toModel: ([stored]) => [relayout.toModel(stored!, leaf.shape)],
    toFile: ([value]) => [relayout.toFile(value!)],
  };
}

/** Several leaves one after the other along the first axis of one tensor. */
export function joined(pieces: readonly Piece[], name: string): Draft {
  const shapes = pieces.map(([leaf, relayout]) => relayout.fileShape(leaf.shape));
  const lengths = shapes.map(([length]) => length!);
  return {
    leaves: pieces.map(([leaf]) => leaf),
    parts: [{ name, shape: [lengths.reduce((a, b) => a + b, 0), ...shapes[0]!.slice(1)] }],
    toModel([stored]) {
      const rows = pieces.length === 1 ? [stored!] : tf.split(stored!, lengths, 0);
      return pieces.map(([leaf, relayout], i) => relayout.toModel(rows[i]!, leaf.shape));
    },
    toFile(values) {
      const rows = pieces.map(([, relayout], i) => relayout.toFile(values[i]!));
      return [rows.length === 1 ? rows[0]! : tf.concat(rows, 0)];
    },
  };
}

/** One leaf as several tensors, one after the other along its last axis. */
export function divided(leaf: StateLeaf, names: readonly string[]): Draft {
  const width = leaf.shape.at(-1)! / names.length;
  return {
    leaves: [leaf],
    parts: names.map((name) => ({ name, shape: [...leaf.shape.slice(0, -1), width] })),
    toModel: (stored) => [tf.concat([...stored], leaf.shape.length - 1)],
    toFile: ([value]) => tf.split(value!, names.length, leaf.shape.length - 1),
  };
}

/**
 * As `draft`, whose tensor is the sum of two in the file; written, the second is zeros.
 *
 * @param refuses why the numbers of the second cannot be added, if so
 */
export function summed(
  draft: Draft,
  zeros: string,
  refuses?: (second: tf.Tensor) => Promise<string | undefined>,
): Draft {
  const [{ shape }] = draft.parts as [Draft["parts"][number]];
  return {
    leaves: draft.leaves,
    parts: [...draft.parts, { name: zeros, shape }],
    ...(refuses && { refuses: ([, second]) => refuses(second!) }),
    toModel: ([first, second]) => draft.toModel([tf.add(first!, second!)]),
    toFile: (values) => [...draft.toFile(values), tf.zeros([...shape])],
  };
}
