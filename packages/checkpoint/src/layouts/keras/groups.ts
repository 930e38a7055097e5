/** @file The tensors of a file of Keras or TensorFlow.js, gathered by what stands in front of the names of weights. */
import type { StoredNames, StoredPart } from "../layout.ts";

/** Weights that no layer of a model has: those of optimisers, metrics and random generators. */
const FOREIGN =
  /(?:^|\/)(?:optimizer|optimizer_weights|_optimizer|metrics|_metrics|seed_generator|top_level_model_weights)(?:\/|$)/;

/** Whether a tensor belongs to no layer. */
export function isForeign(name: string, file: StoredNames): boolean {
  return FOREIGN.test(name) || file.info(name).owner === "optimizer";
}

/** Weights with one prefix. */
export interface Group {
  readonly path: readonly string[];
  readonly prefix: string;
  readonly isNumbered: boolean;
  readonly parts: Map<string, StoredPart>;
  /** Its path with the indices of lists instead of classes and numbers: `blocks/1`, not `blocks/block_1`. */
  indexed?: readonly string[];
}

/** The weights of a file by their prefixes, in the order of the file. */
export function groupsOf(file: StoredNames): Group[] {
  const groups = new Map<string, Group>();
  for (const name of file.names) {
    if (isForeign(name, file)) continue;
    const place = name.replace(/:\d+$/, "").split("/");
    const weight = place.pop()!;
    const isNumbered = place.at(-1) === "vars";
    if (isNumbered) place.pop();
    // In HDF5 files of Keras 2 a group of the layer's name holds names that begin with it.
    const path = place.length > 1 && place[0] === place[1] ? place.slice(1) : place;
    const prefix = name.slice(0, name.lastIndexOf("/") + 1);
    const group = groups.get(prefix) ?? { path, prefix, isNumbered, parts: new Map<string, StoredPart>() };
    groups.set(prefix, group);
    group.parts.set(weight, { name, shape: file.info(name).shape });
  }
  addIndices([...groups.values()].filter(({ isNumbered }) => isNumbered));
  return [...groups.values()];
}

const parentOf = (path: readonly string[], i: number) => path.slice(0, i).join("/");
const NUMBER = /_(\d+)$/;

/** Keras 3 names the layers of a list by their classes and numbers; where all are of one class, these are indices. */
function addIndices(groups: readonly Group[]): void {
  const below = new Map<string, Set<string>>();
  for (const { path } of groups) {
    for (const [i, name] of path.entries()) {
      const parent = parentOf(path, i);
      below.set(parent, (below.get(parent) ?? new Set()).add(name));
    }
  }
  for (const group of groups) {
    const { path } = group;
    const isListed = (i: number) => {
      const names = [...below.get(parentOf(path, i))!];
      return i > 0 && names.length > 1 && new Set(names.map((name) => name.replace(NUMBER, ""))).size === 1;
    };
    group.indexed = path.map((name, i) => (isListed(i) ? (NUMBER.exec(name)?.[1] ?? "0") : name));
  }
}

/** The names that Keras 3 notes for the places of its files of weights. */
export function namesOfGroups({ metadata }: StoredNames): ReadonlyMap<string, string> {
  const names = parsed(metadata["layerNames"]);
  return new Map(typeof names === "object" && names ? Object.entries(names as Record<string, string>) : []);
}

/** What our readers note among the texts, as JSON; others may have texts of the same names. */
function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
