/** @file What can still change in and below frozen objects: a match goes over a list of it, not over the objects. */
import type { FrozenPart, ListPattern, Pattern, Properties, RecordPattern } from "./pattern.ts";

/** The parts of an array or record that is frozen, in the order of a walk; null where it inherits some. */
export function partsOfFrozen(
  pattern: ListPattern | RecordPattern,
  value: object,
): readonly FrozenPart[] | null {
  if (!hasOwnOnly(pattern.properties, value)) return null;
  const parts: FrozenPart[] = [];
  collectChildren(pattern, value, parts);
  return parts;
}

function collect(pattern: Pattern, value: unknown, parts: FrozenPart[]): void {
  switch (pattern.kind) {
    case "static":
    case "absent":
      return;
    case "constant":
      if (Object.is(value, pattern.value)) return;
      break;
    case "list":
    case "record":
      if (pattern.properties.frozen !== value || !hasOwnOnly(pattern.properties, value as object)) break;
      parts.push({ pattern: undefined, isVariable: false, index: pattern.index, value });
      collectChildren(pattern, value as object, parts);
      return;
    default:
  }
  parts.push({ pattern, isVariable: pattern.kind === "variable", index: -1, value });
}

function collectChildren(pattern: ListPattern | RecordPattern, value: object, parts: FrozenPart[]): void {
  if (pattern.kind === "list") {
    for (const [i, child] of pattern.children.entries()) collect(child, valueAt(value, i), parts);
  }
  const { names, children, hidden, hiddenChildren } = pattern.properties;
  for (const [i, name] of names.entries()) {
    const child = children[i];
    if (child) collect(child, valueAt(value, name), parts);
  }
  for (const [i, key] of hidden.entries()) collect(hiddenChildren[i]!, valueAt(value, key), parts);
}

/** What stands in a prototype may change. */
function hasOwnOnly({ names, children }: Properties, value: object): boolean {
  return names.every((name, i) => !children[i] || Object.hasOwn(value, name));
}

function valueAt(object: object, key: PropertyKey): unknown {
  return (object as Record<PropertyKey, unknown>)[key];
}
