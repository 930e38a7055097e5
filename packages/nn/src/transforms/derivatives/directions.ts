/** @file What changes, in the form of what it changes: directions of forward mode, gradients of reverse mode. */
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError } from "../../errors.ts";
import { formatPath, isVariable, type Path } from "../../graph/kinds.ts";
import { assertAlive } from "../alive.ts";
import { describe, entriesOf, isDifferentiated, type Leaf, matchLeaves, placeIn } from "./leaves.ts";
import type { Flat } from "./tree.ts";

/**
 * One tensor for each of `flat`, from a tree of derivatives like that of `Flat.derivatives`; undefined for what is not
 * given, which is zero. A Module may stand where a State may.
 *
 * @param what how errors call them: `jvp: tangents`
 * @throws InvalidArgumentError where structure, shape or dtype differ, and for tensors that were disposed of
 */
export function directionsOf(flat: Flat, tree: unknown, what: string): (tf.Tensor | undefined)[] {
  const found: (tf.Tensor | undefined)[] = flat.tensors.map(() => undefined);
  matchLeaves(flat.leaves, tree, { what, as: "as in what is differentiated" }, (leaf, value, path) => {
    if (value === undefined || value === null) return;
    const place = placeIn(what, path);
    if (leaf.original instanceof tf.Tensor) found[leaf.start] = checked(flat, leaf.start, value, place);
    else if (isDifferentiated(leaf.original)) setVariables(flat, leaf, value, { what, path, found });
    else {
      throw new InvalidArgumentError(
        `${place}: expected undefined where there is no tensor to differentiate, found ${describe(value)}.`,
      );
    }
  });
  return found;
}

function setVariables(
  flat: Flat,
  { parts, start }: Leaf,
  value: unknown,
  { what, path, found }: { what: string; path: Path; found: (tf.Tensor | undefined)[] },
): void {
  const place = placeIn(what, path);
  const given = new Map(entriesOf(value, place).map(([below, holder]) => [formatPath(below), holder]));
  for (const [i, [below]] of parts.entries()) {
    const holder = given.get(formatPath(below));
    given.delete(formatPath(below));
    if (!holder || !flat.isFloat[start + i]) continue;
    const tensor = isVariable(holder) ? holder.value : holder;
    found[start + i] = checked(flat, start + i, tensor, placeIn(what, [...path, ...below]));
  }
  const [unknown] = [...given].filter(([, { dtype }]) => dtype === "float32");
  if (!unknown) return;
  const known = parts.map(([below]) => formatPath(below)).join(", ");
  throw new InvalidArgumentError(
    `${place}: expected the Variables ${known || "none"}, found ${unknown[0]} as well.`,
  );
}

function checked({ tensors, isFloat }: Flat, index: number, value: unknown, place: string): tf.Tensor {
  const { shape, dtype } = tensors[index]!;
  const expected = isFloat[index] ? `float32 [${shape.join(", ")}]` : `undefined, as the tensor is ${dtype}`;
  if (!(value instanceof tf.Tensor) || !isFloat[index]) {
    throw new InvalidArgumentError(`${place}: expected ${expected}, found ${describe(value)}.`);
  }
  assertAlive(value, () => place);
  if (value.dtype === "float32" && tf.util.arraysEqual(value.shape, shape)) return value;
  throw new InvalidArgumentError(
    `${place}: expected ${expected}, found ${value.dtype} [${value.shape.join(", ")}].`,
  );
}
