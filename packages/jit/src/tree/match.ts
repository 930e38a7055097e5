/** @file Compares arguments with a pattern in microseconds: nothing is allocated for the usual ones. */
import { isGraphDef, isState, isVariable, type State, type Variable } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { isSameShape } from "@nnx-js/nn/trace";
import { partsOfConstant } from "./constant.ts";
import { hasContent } from "./content.ts";
import { ResidentStore } from "../residency/resident-store.ts";
import { hasCounts, isEnumerable } from "./own-properties.ts";
import { partsOfFrozen } from "./frozen.ts";
import type {
  FrozenPart,
  FunctionPattern,
  ListPattern,
  NodePattern,
  Pattern,
  Properties,
  VariablePattern,
} from "./pattern.ts";
import { hasOrigin } from "./origin.ts";
import { isBorrowed } from "./walk.ts";

/** Where a match puts what it finds: tensors by their leaf, everything with an identity by its index. */
export interface Match {
  readonly tensors: tf.Tensor[];
  readonly objects: object[];
}

/** Whether `args` are as the pattern of all arguments says; fills `match`, which means nothing after a mismatch. */
export function matchesArguments(pattern: ListPattern, args: readonly unknown[], match: Match): boolean {
  return matchesItems(pattern.children, args, match);
}

/** Whether `value` is as `pattern` says; fills `match`, which means nothing after a mismatch. */
function matches(pattern: Pattern, value: unknown, match: Match): boolean {
  // The frequent kinds come first.
  switch (pattern.kind) {
    case "static":
      return Object.is(value, pattern.value);
    case "variable":
      return matchesVariable(pattern, value, match);
    case "tensor":
      if (!isTensorLike(value, pattern.shape, pattern.dtype)) return false;
      match.tensors[pattern.leaf] = value;
      return true;
    case "node":
      return matchesNode(pattern, value, match);
    case "constant":
      return Object.is(value, pattern.value) || isEqual(partsOfConstant(value), pattern.parts);
    case "function":
      return (
        typeof value === "function" &&
        value === pattern.reference.deref() &&
        matchesOnFunction(pattern, value, match)
      );
    case "tfVariable":
      match.objects[pattern.index] = pattern.variable;
      return value === pattern.variable;
    case "reference":
      return value === match.objects[pattern.index];
    case "definition":
      return isGraphDef(value) && isEqual(value.signature(), pattern.signature);
    case "state":
      return isState(value) && matchesState(pattern, value, match);
    case "absent":
      return false;
    default:
      return matchesContainer(pattern, value, match);
  }
}

function matchesNode({ node, index, properties }: NodePattern, value: unknown, match: Match): boolean {
  if (value !== node) return false;
  match.objects[index] = node;
  return matchesProperties(properties, node, match);
}

type ContainerPattern = Extract<Pattern, { prototype: object | null }>;

function matchesContainer(pattern: ContainerPattern, value: unknown, match: Match): boolean {
  if (typeof value !== "object" || value === null) return false;
  if ((pattern.kind === "record" || pattern.kind === "list") && pattern.properties.frozen === value) {
    const { properties } = pattern;
    if (properties.frozenParts === undefined) properties.frozenParts = partsOfFrozen(pattern, value);
    const parts = properties.frozenParts;
    if (parts) {
      match.objects[pattern.index] = value;
      return matchesParts(parts, match);
    }
  }
  if (Object.getPrototypeOf(value) !== pattern.prototype) return false;
  match.objects[pattern.index] = value;
  switch (pattern.kind) {
    case "record":
      return matchesProperties(pattern.properties, value, match);
    case "list":
      return (
        Array.isArray(value) &&
        matchesItems(pattern.children, value, match) &&
        matchesBesideElements(pattern.properties, value, match)
      );
    case "map":
      return (
        value instanceof Map &&
        matchesEntries(pattern, value, match) &&
        matchesProperties(pattern.properties, value, match)
      );
    case "set":
      return (
        value instanceof Set &&
        matchesItems(pattern.children, [...(value as Set<unknown>)], match) &&
        matchesProperties(pattern.properties, value, match)
      );
    default:
      return (
        hasContent(value, pattern.content) &&
        (!pattern.properties || matchesProperties(pattern.properties, value, match))
      );
  }
}

function matchesParts(parts: readonly FrozenPart[], match: Match): boolean {
  for (let i = 0; i < parts.length; i++) {
    const { pattern, isVariable, index, value } = parts[i]!;
    if (!pattern) match.objects[index] = value as object;
    else if (isVariable) {
      if (!matchesVariable(pattern as VariablePattern, value, match)) return false;
    } else if (!matches(pattern, value, match)) return false;
  }
  return true;
}

function matchesVariable(pattern: VariablePattern, value: unknown, match: Match): boolean {
  const { variable } = pattern;
  if (pattern.borrowed) {
    if (!isVariable(value) || !isBorrowed(value) || value.constructor !== variable.constructor) return false;
  } else if (value !== variable || variable.metadata !== pattern.metadata) return false;
  const found = value as Variable;
  const { store } = found;
  if (store !== pattern.settled) {
    if (store.dtype !== pattern.dtype || !isSameShape(pattern.shape, store.shape)) return false;
    // Its shape stays what it is.
    if (store instanceof ResidentStore) pattern.settled = store;
  }
  match.objects[pattern.index] = found;
  const { attributes, children } = pattern;
  if (attributes.length === 0) return true;
  for (let i = 0; i < attributes.length; i++) {
    const name = attributes[i]!;
    if (!Object.hasOwn(found, name) || !matches(children[i]!, propertyOf(found, name), match)) return false;
  }
  return true;
}

function matchesItems(patterns: readonly Pattern[], items: readonly unknown[], match: Match): boolean {
  if (items.length !== patterns.length) return false;
  for (let i = 0; i < patterns.length; i++) {
    const pattern = patterns[i]!;
    if (pattern.kind === "absent") {
      if (i in items) return false;
      continue;
    }
    const item = items[i];
    // A hole is not the same as undefined.
    if (!matches(pattern, item, match) || (item === undefined && !(i in items))) return false;
  }
  return true;
}

function matchesEntries(
  { keys, children }: Extract<Pattern, { kind: "map" }>,
  map: Map<unknown, unknown>,
  match: Match,
): boolean {
  if (map.size !== keys.length) return false;
  // In the order of a walk: keys first.
  let i = 0;
  for (const key of map.keys()) if (!matches(keys[i++]!, key, match)) return false;
  i = 0;
  for (const child of map.values()) if (!matches(children[i++]!, child, match)) return false;
  return true;
}

function matchesState(
  { index, paths, leaves, entries, origin }: Extract<Pattern, { kind: "state" }>,
  state: State,
  match: Match,
): boolean {
  if (state.entries.length !== leaves.length || !hasOrigin(state, origin)) return false;
  match.objects[index] = state;
  for (let i = 0; i < leaves.length; i++) {
    const entry = state.entries[i]!;
    match.objects[entries[i]!] = entry;
    if (!isEqual(entry[0], paths[i]!) || !matches(leaves[i]!, entry[1], match)) return false;
  }
  return true;
}

function matchesProperties(properties: Properties, value: object, match: Match): boolean {
  if (properties.frozen === value) return matchesFrozen(properties, value, match);
  return (
    matchesNames(properties, value, match) &&
    hasCounts(value, properties.counts) &&
    (properties.hidden.length === 0 || matchesHidden(properties, value, match))
  );
}

/** The properties are the same; what stands in them may have changed. */
function matchesFrozen(properties: Properties, value: object, match: Match): boolean {
  const { names, children, quick } = properties;
  for (let i = 0; i < names.length; i++) {
    const child = children[i];
    if (child && !matchesChild(child, quick[i]!, propertyOf(value, names[i]!), match)) return false;
  }
  return matchesHidden(properties, value, match);
}

function matchesOnFunction({ set, counts }: FunctionPattern, value: object, match: Match): boolean {
  if (!hasCounts(value, counts)) return false;
  if (!set) {
    for (const _name in value) return false;
    return true;
  }
  const { index, properties } = set;
  match.objects[index] = value;
  return matchesNames(properties, value, match) && matchesHidden(properties, value, match);
}

function matchesBesideElements(properties: Properties, value: readonly unknown[], match: Match): boolean {
  if (properties.frozen === value) return matchesFrozen(properties, value, match);
  const { names, children, counts } = properties;
  if (!hasCounts(value, counts)) return false;
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    if (!isEnumerable(value, name) || !matches(children[i]!, propertyOf(value, name), match)) return false;
  }
  return matchesHidden(properties, value, match);
}

function matchesNames({ names, children, quick, same }: Properties, value: object, match: Match): boolean {
  let count = 0;
  // The engine keeps the names of an object that does not change, so this loop makes no array of them. What stands there
  // is read by another loop: in this one V8 looks each property up by its slow way, as objects differ in theirs.
  for (const name in value) if (name !== names[count++]) return false;
  if (count !== names.length) return false;
  for (let i = 0; i < count; i++) {
    const child = children[i];
    if (!child) continue;
    const found = propertyOf(value, names[i]!);
    if (Object.is(found, same[i])) continue;
    if (!matchesChild(child, quick[i]!, found, match)) return false;
  }
  return true;
}

/** Patterns of one kind have the same properties for the engine: where the kind is known, it finds them at once. */
function matchesChild(child: Pattern, kind: string, found: unknown, match: Match): boolean {
  if (kind === "variable") return matchesVariable(child as VariablePattern, found, match);
  return kind === "node" ? matchesNode(child as NodePattern, found, match) : matches(child, found, match);
}

function matchesHidden(
  { hidden, hiddenChildren, areEnumerable }: Properties,
  value: object,
  match: Match,
): boolean {
  for (let i = 0; i < hidden.length; i++) {
    const key = hidden[i]!;
    if (isEnumerable(value, key) !== areEnumerable[i]) return false;
    if (!Object.hasOwn(value, key) || !matches(hiddenChildren[i]!, propertyOf(value, key), match))
      return false;
  }
  return true;
}

function propertyOf(value: object, key: PropertyKey): unknown {
  return (value as Record<PropertyKey, unknown>)[key];
}

function isEqual(found: readonly unknown[] | undefined, expected: readonly unknown[]): boolean {
  if (found?.length !== expected.length) return false;
  for (let i = 0; i < expected.length; i++) if (!Object.is(found[i], expected[i])) return false;
  return true;
}

function isTensorLike(value: unknown, shape: readonly number[], dtype: tf.DataType): value is tf.Tensor {
  if (typeof value !== "object" || value === null) return false;
  // The class's own test for instances goes through several properties: these say as much.
  const tensor = value as Partial<tf.Variable>;
  return (
    tensor.dtype === dtype &&
    tensor.dataId !== undefined &&
    tensor.assign === undefined &&
    isSameShape(tensor.shape!, shape)
  );
}
