/** @file The layers of a file of Keras or TensorFlow.js, from the names of its tensors. */
import { IN_ORDER } from "../../keras/in-order.ts";
import type { StoredNames, StoredPart } from "../layout.ts";
import { type Group, groupsOf, namesOfGroups } from "./groups.ts";
import { coarse, kindOfClass, kindOfName } from "./kinds.ts";
import { type TopologyLayer, topologyOf } from "./topology.ts";

/** A layer in a file. */
export interface StoredLayer {
  /** How it can be called: names joined by "/", those that say nothing left out. */
  readonly keys: readonly string[];
  /** What stands in front of the names of its weights. */
  readonly prefix: string;
  /** Its weights by their names in Keras, `kernel`, or by their numbers where those are not known. */
  readonly weights: ReadonlyMap<string, StoredPart>;
  /** Its sort; undefined where nothing tells. */
  readonly kind: string | undefined;
  /** Its sort as far as the weights tell. */
  readonly coarse: string;
  /** What the topology says of it. */
  readonly topology: TopologyLayer | undefined;
}

/** The layers of a file. */
export interface StoredLayers {
  readonly layers: readonly StoredLayer[];
  /** Whether they come in the order of the model; Keras 3's files of weights alone do not tell it. */
  readonly isOrdered: boolean;
}

/** The layers of `file`, in the order of its topology, or as the file has them. */
export function storedLayers(file: StoredNames): StoredLayers {
  const topology = topologyOf(file.metadata);
  const groups = groupsOf(file);
  const names = namesOfGroups(file);
  const located = groups.map((group) => ({ group, at: indexIn(topology, group, names) }));
  const isFound = topology !== undefined && located.every(({ at }) => at >= 0);
  const isOrdered = isFound || (file.metadata["order"] === IN_ORDER && groups.every(({ isNumbered }) => !isNumbered)); // prettier-ignore
  // Of equal places the order of the file stays.
  const sorted = isFound ? [...located].sort((a, b) => a.at - b.at) : located;
  const layers = sorted.flatMap(({ group, at }) =>
    layersOf(group, topology?.[at], names.get(group.path.join("/"))),
  );
  return { layers: inOrder(layers), isOrdered };
}

/** Where a group's layer stands in the topology; -1 where it does not. */
function indexIn(
  topology: readonly TopologyLayer[] | undefined,
  { path, isNumbered }: Group,
  names: ReadonlyMap<string, string>,
): number {
  if (!topology) return -1;
  const begins = (layer: readonly string[]) => layer.every((part, i) => part === path[i]);
  if (isNumbered) return topology.findIndex(({ stored }) => begins(stored));
  const exact = topology.findIndex((layer) => begins(layer.names));
  if (exact >= 0) return exact;
  // TensorFlow.js leaves out the names of models around a layer.
  return topology.findIndex(
    (layer) => path.includes(layer.names.at(-1)!) || names.get(path.join("/")) === layer.names.at(-1),
  );
}

function layersOf(
  group: Group,
  topology: TopologyLayer | undefined,
  name: string | undefined,
): StoredLayer[] {
  const kind = sortOf(group, topology, name);
  const weights = new Map(group.parts);
  const roles = group.isNumbered ? rolesOf(kind, topology, group) : undefined;
  for (const [i, role] of (roles ?? []).entries()) {
    const part = weights.get(String(i));
    weights.delete(String(i));
    if (part) weights.set(role, part);
  }
  const keys = keysOf(group, topology, name);
  const pointwise = weights.get("pointwise_kernel");
  const make = (own: ReadonlyMap<string, StoredPart>, below = ""): StoredLayer => ({
    keys: keys.map((key) => key + below),
    prefix: group.prefix,
    weights: own,
    kind,
    coarse: coarseOf(own),
    topology,
  });
  if (!pointwise) return [make(weights)];
  // One layer of Keras, two convolutions here.
  const depthwise = new Map([...weights].filter(([role]) => role === "depthwise_kernel"));
  const others = [...weights].filter(([role]) => !role.endsWith("_kernel"));
  return [make(depthwise, "/depthwise"), make(new Map([["kernel", pointwise], ...others]), "/pointwise")];
}

/** How a layer can be called, the fullest name first. */
function keysOf(
  { path, indexed = path }: Group,
  topology: TopologyLayer | undefined,
  name: string | undefined,
): string[] {
  const plain = canonical(path);
  const keys = [plain, plain.filter((part) => part !== "layers"), path, indexed];
  if (topology) {
    const depth = topology.stored.every((part, i) => part === path[i])
      ? topology.stored.length
      : topology.names.length;
    keys.push(canonical([...topology.names, ...path.slice(depth)]));
  }
  if (name !== undefined) keys.push([...plain.slice(0, -1).filter((part) => part !== "layers"), name]);
  return [...new Set(keys.map((key) => key.join("/")))];
}

const PROJECTIONS: Readonly<Record<string, string>> = {
  query_dense: "query",
  key_dense: "key",
  value_dense: "value",
  attention_output: "out",
  output_dense: "out",
};

/** Names without what is the same in every file: cells inside layers, the words that stand for directions and heads. */
function canonical(path: readonly string[]): string[] {
  const places =
    path.length > 1 && /(?:^|_)cell(?:_\d+)?$/.test(path.at(-1)!) ? path.slice(0, -1) : [...path];
  const last = places.at(-1);
  if (last === undefined || places.length < 2) return places;
  const direction = /^(forward|backward)_/.exec(last)?.[1];
  places[places.length - 1] = direction ?? (Object.hasOwn(PROJECTIONS, last) ? PROJECTIONS[last]! : last);
  return places;
}

function sortOf(
  { path }: Group,
  topology: TopologyLayer | undefined,
  name: string | undefined,
): string | undefined {
  if (topology) return kindOfClass(topology.className);
  const kinds = [...(name === undefined ? [] : [name]), ...path]
    .map(kindOfName)
    .filter((kind) => kind !== undefined);
  return kinds.at(-1);
}

/** The weights of a layer in the order of their numbers; undefined where they are not known. */
function rolesOf(
  kind: string | undefined,
  topology: TopologyLayer | undefined,
  { parts }: Group,
): string[] | undefined {
  if (kind === undefined) return undefined;
  const has = (setting: string) => topology?.config[setting] !== false;
  if (
    /^separable/i.test(topology?.className ?? "") ||
    parts.get("1")?.shape.length === parts.get("0")?.shape.length
  ) {
    if (kind.startsWith("conv")) return ["depthwise_kernel", "pointwise_kernel", "bias"];
  }
  if (/^(?:conv|dense|einsum|attention)/.test(kind)) return ["kernel", "bias"];
  if (kind === "lstm" || kind === "gru" || kind === "simpleRnn")
    return ["kernel", "recurrent_kernel", "bias"];
  if (kind === "embedding") return ["embeddings"];
  if (kind === "prelu") return ["alpha"];
  if (kind === "rmsNorm") return ["scale"];
  const affine = [...(has("scale") ? ["gamma"] : []), ...(has("center") ? ["beta"] : [])];
  if (kind !== "batchNorm") return affine;
  const roles = [...affine, "moving_mean", "moving_variance"];
  return roles.length === parts.size ? roles : undefined;
}

/** The sort of a layer as far as its weights tell. */
function coarseOf(weights: ReadonlyMap<string, StoredPart>): string {
  const kernel = weights.get("kernel") ?? weights.get("depthwise_kernel");
  const recurrent = weights.get("recurrent_kernel")?.shape;
  if (recurrent) {
    const gates = recurrent.length === 2 ? recurrent[1]! / recurrent[0]! : 0;
    return gates === 4 ? "lstm" : gates === 3 ? "gru" : "simpleRnn";
  }
  if (kernel) return coarse("dense", kernel.shape.length);
  if (weights.has("moving_mean")) return "batchNorm";
  if (weights.has("gamma") || weights.has("beta") || weights.has("scale")) return "norm";
  if (weights.has("embeddings")) return "embedding";
  return weights.has("alpha") ? "prelu" : "others";
}

/** Layers inside one layer, in the order in which it makes them. */
const FAMILIES = [
  ["query", "key", "value", "out"],
  ["forward", "backward"],
];

/** Heads and directions in the order in which their layer makes them, wherever the file has them. */
function inOrder(layers: readonly StoredLayer[]): StoredLayer[] {
  const places = layers.map(({ keys: [key] }) => [key!.slice(0, key!.lastIndexOf("/") + 1), key!.slice(key!.lastIndexOf("/") + 1)] as const); // prettier-ignore
  const sorted = [...layers];
  for (const parent of new Set(places.map(([above]) => above))) {
    for (const family of FAMILIES) {
      const at = family.map((member) =>
        places.findIndex(([above, name]) => above === parent && name === member),
      );
      if (parent === "" || at.includes(-1)) continue;
      const free = [...at].sort((a, b) => a - b);
      for (const [i, place] of free.entries()) sorted[place] = layers[at[i]!]!;
    }
  }
  return sorted;
}
