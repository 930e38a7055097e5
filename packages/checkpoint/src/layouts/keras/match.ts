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
function byOrder(units: readonly Unit[], { layers, isOrdered }: StoredLayers): Matches | undefined {
  const isFine = layers.every(({ kind }) => kind !== undefined);
  const ofModel = groupBy(units, ({ kind, slots }) => {
    const kernel = slots.find(({ roles }) => roles[0].endsWith("kernel"));
    return isFine ? kind : coarse(kind, kernel?.leaves[0]!.shape.length ?? 0);
  });
  const ofFile = groupBy(layers, (layer) => (isFine ? layer.kind! : layer.coarse));
  const found = new Map<Unit, StoredLayer>();
  if (ofModel.size !== ofFile.size) return undefined;
  for (const [kind, own] of ofModel) {
    const theirs = ofFile.get(kind);
    if (theirs?.length !== own.length) return undefined;
    const sorted = isOrdered ? theirs : numbered(theirs);
    if (!sorted) return undefined;
    for (const [i, unit] of own.entries()) found.set(unit, sorted[i]!);
  }
  return found;
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
