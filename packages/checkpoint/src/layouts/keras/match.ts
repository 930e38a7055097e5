/** @file Which layer of a file is which layer of a model. */
import { coarse } from "./kinds.ts";
import type { StoredLayer, StoredLayers } from "./stored-layers.ts";
import type { Unit } from "./units.ts";

/** The layers of a file that were found for those of a model. */
export type Matches = ReadonlyMap<Unit, StoredLayer>;

/**
 * By names, if each layer of the model has the name of one in the file; else by order, each sort of layer for itself, if
 * the file has as many of each; else those that names tell.
 */
export function matchLayers(units: readonly Unit[], stored: StoredLayers): Matches {
  const named = byName(units, stored.layers);
  if (named.size === units.length) return named;
  return byOrder(units, stored) ?? named;
}

function byName(units: readonly Unit[], layers: readonly StoredLayer[]): Map<Unit, StoredLayer> {
  const exact = indexBy(layers, (key) => key);
  // dense1 and dense_1, as nobody calls two layers.
  const similar = indexBy(layers, loose);
  const found = new Map<Unit, StoredLayer>();
  const taken = new Set<StoredLayer>();
  for (const unit of units) {
    const layer = exact.get(unit.key) ?? exact.get(unit.prefix) ?? similar.get(loose(unit.key));
    if (!layer || taken.has(layer)) continue;
    taken.add(layer);
    found.set(unit, layer);
  }
  return found;
}

function loose(key: string): string {
  return key.replaceAll(/[_-]/g, "").toLowerCase();
}

/** The layers by their keys; those that two layers share lead to none. */
function indexBy(layers: readonly StoredLayer[], keyOf: (key: string) => string): Map<string, StoredLayer> {
  const found = new Map<string, StoredLayer | undefined>();
  for (const layer of layers) {
    for (const key of new Set(layer.keys.map(keyOf))) found.set(key, found.has(key) ? undefined : layer);
  }
  return new Map([...found].filter((entry): entry is [string, StoredLayer] => entry[1] !== undefined));
}

/** Undefined where the numbers of layers differ, or the file does not tell their order. */
function byOrder(units: readonly Unit[], stored: StoredLayers): Matches | undefined {
  const found = new Map<Unit, StoredLayer>();
  for (const { own, theirs } of sortsOf(units, stored.layers)) {
    const sorted = stored.isOrdered ? theirs : numbered(theirs);
    if (sorted?.length !== own.length) return undefined;
    for (const [i, unit] of own.entries()) found.set(unit, sorted[i]!);
  }
  return found;
}

/** The layers of one sort on both sides. */
interface Sort {
  readonly kind: string;
  readonly own: readonly Unit[];
  readonly theirs: readonly StoredLayer[];
}

function sortsOf(units: readonly Unit[], layers: readonly StoredLayer[]): Sort[] {
  const isFine = layers.every(({ kind }) => kind !== undefined);
  const own = groupBy(units, ({ kind, slots }) => {
    const kernel = slots.find(({ roles }) => roles[0].endsWith("kernel"));
    return isFine ? kind : coarse(kind, kernel?.leaves[0]!.shape.length ?? 0);
  });
  const theirs = groupBy(layers, (layer) => (isFine ? layer.kind! : layer.coarse));
  return [...new Set([...own.keys(), ...theirs.keys()])].map((kind) => {
    return { kind, own: own.get(kind) ?? [], theirs: theirs.get(kind) ?? [] };
  });
}

/** Why layers that have other names were not found by order: sentences for an error. */
export function matchHint(units: readonly Unit[], stored: StoredLayers): string | undefined {
  const sorts = sortsOf(units, stored.layers);
  const uneven = sorts.filter(({ own, theirs }) => own.length !== theirs.length);
  const lines = uneven.map(({ kind, own, theirs }) => {
    const [ours, others] = [own.map(({ key }) => key || "itself"), theirs.map(({ keys }) => keys[0]!)];
    return `Of ${kind} the model has ${counted(ours)}, the file ${counted(others)}.`;
  });
  const unordered = sorts.filter(({ theirs }) => !stored.isOrdered && !numbered(theirs));
  for (const { kind, theirs } of uneven.length === 0 ? unordered : []) {
    lines.push(
      `In which order its layers of ${kind} come, ${counted(theirs.map(({ keys }) => keys[0]!))}, this file of ` +
        "weights does not tell; a .keras file does.",
    );
  }
  if (lines.length === 0) return undefined;
  return (
    "Layers are found by the names of attributes, or else by order, each sort for itself, if there are as many on both " +
    `sides. ${lines.join(" ")} Name layers by { rename }, which leaves out what it answers null for.`
  );
}

function counted(names: readonly string[]): string {
  if (names.length === 0) return "none";
  return `${names.length} (${names.slice(0, 6).join(", ")}${names.length > 6 ? ", …" : ""})`;
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

/** Layers in the order of the numbers in their names; undefined where these do not tell it. */
function numbered(layers: readonly StoredLayer[]): StoredLayer[] | undefined {
  const places = layers.map((layer) => {
    const key = layer.keys[0]!.replace(/\/(?:query|key|value|out|forward|backward|depthwise|pointwise)$/, "");
    return { layer, pattern: key.replaceAll(/_\d+(?=\/|$)/g, ""), numbers: key.split("/").map((name) => Number(/_(\d+)$/.exec(name)?.[1] ?? 0)) }; // prettier-ignore
  });
  if (new Set(places.map(({ pattern }) => pattern)).size > 1) return undefined;
  places.sort((a, b) => {
    const at = a.numbers.findIndex((number, i) => number !== b.numbers[i]);
    return at < 0 ? 0 : a.numbers[at]! - b.numbers[at]!;
  });
  return places.map(({ layer }) => layer);
}
