/** @file `map`: a node with other leaves. */
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError } from "../errors.ts";
import { assertFunction } from "../function-argument.ts";
import { formatPath, isVariable, type Path } from "./kinds.ts";
import { split } from "./functions.ts";
import { unflatten } from "./graphdef.ts";
import { State, type StateEntry, type StateLeaf } from "./state.ts";
import { ownedVariable } from "../variable/variable.ts";

/**
 * A node like `node` with `f(path, leaf)` in place of each Variable and plain tensor; sharing is kept. `f` is called
 * once for each, with its first path.
 *
 * ```ts
 * const halved = map((_path, leaf) => tf.div(leaf instanceof Variable ? leaf.value : leaf, 2), model);
 * ```
 *
 * A tensor that `f` makes in place of a Variable becomes the value of a new Variable of that class and metadata, which
 * owns it: `dispose()` of the result frees it. A Variable that `f` hands back is shared with `node`, as in a view.
 * When `f` throws, what it made is freed.
 *
 * @throws InvalidArgumentError for what `f` returns, if it is neither
 * @see flax.nnx.map
 */
export function map<T>(f: (path: Path, leaf: StateLeaf) => StateLeaf, node: T): T {
  assertFunction(f, "map", "map((path, leaf) => leaf, model)");
  const [definition, state] = split(node);
  const made: StateLeaf[] = [];
  try {
    const entries = state.entries.map(([path, leaf]): StateEntry => {
      const result = f(path, leaf);
      assertLeaf(result, path);
      if (!isVariable(leaf) || isVariable(result)) return [path, result];
      const variable = ownedVariable(leaf, result);
      made.push(variable);
      return [path, variable];
    });
    return unflatten(definition, [new State(entries)], { checksTypes: false, strict: true });
  } catch (error) {
    for (const variable of made) variable.dispose();
    throw error;
  }
}

function assertLeaf(result: unknown, path: Path): void {
  if (isVariable(result) || result instanceof tf.Tensor) return;
  const found = result === undefined ? "nothing" : result === null ? "null" : `a ${typeof result}`;
  throw new InvalidArgumentError(
    `map: expected a Variable or tensor from the function for ${formatPath(path)}, got ${found}. ` +
      `Return the leaf itself to keep it: map((path, leaf) => leaf, model).`,
  );
}
