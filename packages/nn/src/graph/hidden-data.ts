/** @file Refuses collections whose Modules and Variables nobody would find. */
import { GraphStructureError } from "../errors.ts";
import { hasData, isContainer, type Key } from "./kinds.ts";

/**
 * Checks that `child` is no `Set` with Modules, Variables or tensors in it, and no `Map` with them as keys: they would
 * be in no state, no optimiser and no view.
 *
 * @throws GraphStructureError naming the attribute, and what holds them in its place
 */
export function assertNoHiddenData(
  parent: object,
  key: Key,
  child: Set<unknown> | Map<unknown, unknown>,
): void {
  const found = [...child.keys()].find((item) => hasData([item]));
  if (found === undefined) return;
  const owner = isContainer(parent) ? "" : ` of ${parent.constructor.name}`;
  const isSet = child instanceof Set;
  throw new GraphStructureError(
    `expected Modules, Variables and tensors in arrays, Lists, plain objects or as values of Maps, found a ` +
      `${(found as object).constructor.name} ${isSet ? "in the Set" : "as a key of the Map"} ${key}${owner}, where ` +
      `nothing would train or save it. Write ${isSet ? "this." : ""}${key} = ${isSet ? "[…set]" : "new Map([[name, module]])"}.`,
    isContainer(parent) ? undefined : parent,
  );
}
