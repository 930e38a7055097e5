/** @file Checks of functions that run in place of another one. */
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError } from "../../errors.ts";
import { formatPath, type Path } from "../../graph/kinds.ts";
import { State } from "../../graph/state.ts";
import { describe, type Leaf, matchLeaves, placeIn } from "./leaves.ts";
import type { Flat } from "./tree.ts";

const AS = "as the function returns";

/**
 * Checks that `result` has the structure, shapes and dtypes of what the function itself gave.
 *
 * @param what how errors call it: `customVjp: out of forward`
 * @throws InvalidArgumentError
 */
export function assertSameResult(expected: Flat, result: unknown, what: string): void {
  matchLeaves(expected.leaves, result, { what, as: AS }, (leaf, value, path) => {
    if (value instanceof tf.Tensor || value instanceof State || leaf.parts.length > 0) {
      assertSameTensors(expected, leaf, value, what, path);
    }
  });
}

function assertSameTensors(
  { tensors }: Flat,
  { original, parts, start }: Leaf,
  value: unknown,
  what: string,
  path: Path,
): void {
  const found = tensorsOf(value);
  const place = placeIn(what, path);
  const isSameKind =
    original instanceof tf.Tensor ? value instanceof tf.Tensor : found?.size === parts.length;
  if (!isSameKind) {
    throw new InvalidArgumentError(
      `${place}: expected ${describe(original)} ${AS}, found ${describe(value)}.`,
    );
  }
  for (const [i, [below]] of parts.entries()) {
    const { shape, dtype } = tensors[start + i]!;
    const other = found!.get(formatPath(below));
    if (other && other.dtype === dtype && tf.util.arraysEqual([...other.shape], shape)) continue;
    throw new InvalidArgumentError(
      `${placeIn(what, [...path, ...below])}: expected ${dtype} [${shape.join(", ")}] ${AS}, found ` +
        `${other ? `${other.dtype} [${other.shape.join(", ")}]` : "nothing"}.`,
    );
  }
}

/** The tensors of a leaf, or what holds them, by their paths. */
function tensorsOf(
  value: unknown,
): Map<string, Pick<tf.Tensor, "dtype"> & { readonly shape: readonly number[] }> | undefined {
  if (value instanceof tf.Tensor) return new Map([[formatPath([]), value]]);
  if (value instanceof State) return new Map(value.entries.map(([path, leaf]) => [formatPath(path), leaf]));
  return undefined;
}
