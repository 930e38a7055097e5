/** @file Models with parts replaced or taken out: copies that share the Variables. */
import { classNameOf } from "../class-name.ts";
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError, SelectionError } from "../errors.ts";
import { childrenOf, isParent, removeChildren } from "../graph/children.ts";
import { visitGraph } from "../graph/iterate.ts";
import { formatPath, hasData, isPytree, isVariable, type Path } from "../graph/kinds.ts";
import type { Located } from "../graph/matching.ts";
import { recursiveMap } from "../graph/recursive-map.ts";
import { Pytree } from "../module/pytree.ts";
import { ownedVariable, type Variable } from "../variable/variable.ts";
import type { Part } from "./parts.ts";

/** Stands where something will be taken out; a node, so that what holds it counts as holding data. */
class Removed extends Pytree {
  static override readonly name: string = "Removed";
}

/** A copy of `model` with `f(part, path)` in place of each part. */
export function mapParts(
  model: object,
  parts: readonly Located<Part>[],
  f: (part: Part, path: Path) => unknown,
): unknown {
  return replacing(model, parts, (part, path, own) => {
    const result = f(part, path);
    if (result === undefined) {
      throw new InvalidArgumentError(
        `map: the function returned undefined for ${formatPath(path)} (${classNameOf(part)}). Return what takes ` +
          `its place; to keep it, end the function with \`return part;\`, to take parts out, write remove().`,
      );
    }
    assertReplacement("map: expected the function to return", path, part, result);
    return isVariable(part) && result instanceof tf.Tensor ? own(part, result) : result;
  });
}

/** A copy of `model` with `value` in place of each part. */
export function setParts(model: object, parts: readonly Located<Part>[], value: unknown): unknown {
  for (const [path, part] of parts) assertReplacement("set: expected", path, part, value);
  return replacing(model, parts, (part, _path, own) =>
    isVariable(part) && value instanceof tf.Tensor ? own(part, value.clone()) : value,
  );
}

/** Checks that what takes the place of a Variable or tensor holds a value itself; that of a Module may be a function. */
function assertReplacement(expected: string, path: Path, part: Part, replacement: unknown): void {
  if (hasData(replacement) || replacement === null || replacement === undefined) return;
  if (isPytree(part) && (typeof replacement === "object" || typeof replacement === "function")) return;
  const wanted = isPytree(part) ? "a Module or function" : "a Variable or tensor";
  const found = Array.isArray(replacement) ? "an array" : `a ${typeof replacement}`;
  throw new InvalidArgumentError(
    `${expected} ${wanted} for ${formatPath(path)} (${part.constructor.name}), got ${found}. ` +
      (isPytree(part)
        ? "Give what takes its place, or write remove() to take parts out."
        : "Make a tensor: tf.tensor(…); one that is computed from the Variable, such as tf.div(variable.value, 2), works as it is."),
  );
}

/** A copy of `model` without the parts. */
export function removeParts(model: object, parts: readonly Located<Part>[], text: string): unknown {
  if (parts[0]?.[0].length === 0) {
    throw new SelectionError(
      `${text} selects the model itself, which is in nothing to be taken out of. Select parts of it: ` +
        `where(All(…, (path) => path.length > 0)).`,
      model,
    );
  }
  const removed = new Removed();
  const copy = replacing(model, parts, () => removed);
  for (const [, parent] of visitGraph(copy)) {
    if (!isParent(parent)) continue;
    const keys = childrenOf(parent).filter(([, child]) => child === removed);
    if (keys.length > 0)
      removeChildren(
        parent,
        keys.map(([key]) => key),
      );
  }
  return copy;
}

/** Makes a new Variable like `variable` that owns `value`. */
type Own = (variable: Variable, value: tf.Tensor) => Variable;

function replacing(
  model: object,
  parts: readonly Located<Part>[],
  replace: (part: Part, path: Path, own: Own) => unknown,
): unknown {
  // The walk is over a copy: nodes are found by their path, leaves are the model's own.
  const nodes = new Set(parts.filter(([, part]) => isPytree(part)).map(([path]) => JSON.stringify(path)));
  const leaves = new Set<unknown>(parts.map(([, part]) => part).filter((part) => !isPytree(part)));
  const made: Variable[] = [];
  const own: Own = (variable, value) => {
    const variableOfOwn = ownedVariable(variable, value);
    made.push(variableOfOwn);
    return variableOfOwn;
  };
  try {
    return recursiveMap((path, value) => {
      const isSelected = isPytree(value) ? nodes.has(JSON.stringify(path)) : leaves.has(value);
      return isSelected ? replace(value as Part, path, own) : value;
    }, model);
  } catch (error) {
    for (const variable of made) variable.dispose();
    throw error;
  }
}
