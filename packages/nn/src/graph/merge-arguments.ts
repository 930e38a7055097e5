/** @file What `merge` is given from plain JavaScript, where no compiler checks it. */
import { GraphStructureError } from "../errors.ts";
import { GraphDef } from "./graphdef.ts";
import { hasData, isContainer, isPytree } from "./kinds.ts";
import { State } from "./state.ts";

/**
 * Checks that the first argument is a graph definition and the others are States, but for options at the end.
 *
 * @throws GraphStructureError naming what to write
 */
export function assertMergeArguments(graphdef: unknown, args: readonly unknown[]): void {
  if (!(graphdef instanceof GraphDef)) {
    const repair = isPytree(graphdef)
      ? "It is whole already; to copy it, write clone(model)."
      : "Write const [definition, ...states] = split(model); merge(definition, ...states).";
    throw new GraphStructureError(
      `merge: expected a graph definition first, got ${named(graphdef)}. ${repair}`,
    );
  }
  for (const [i, arg] of args.entries()) {
    if (arg instanceof State) continue;
    const isDict = isContainer(arg) && hasData(arg);
    if (i > 0 && i === args.length - 1 && isContainer(arg) && !isDict && !Array.isArray(arg)) continue;
    throw new GraphStructureError(
      `merge: expected a State, got ${named(arg)}. ` +
        (Array.isArray(arg)
          ? "Give the States one by one: merge(definition, ...states)."
          : isDict
            ? "Nested objects of tensors become one by fromPureDict: merge(definition, fromPureDict(dict))."
            : "Give every State that split returned: merge(definition, ...states)."),
    );
  }
}

function named(value: unknown): string {
  if (value === null || typeof value !== "object")
    return value === undefined ? "nothing" : `a ${typeof value}`;
  if (Array.isArray(value)) return "an array";
  return isContainer(value) && !(value instanceof Map) ? "a plain object" : `a ${value.constructor.name}`;
}
