/** @file The layout of Keras and TensorFlow.js's layers. */
import * as tf from "@tensorflow/tfjs-core";
import { openKeras } from "../../keras/open-keras.ts";
import type { FlatState, Path } from "@nnx-js/nn";
import { type Matches, matchHint, matchLayers } from "./match.ts";
import { BEFORE_PRODUCT } from "./recurrent-rules.ts";
import { settingDifferences } from "./settings.ts";
import { isForeign } from "./groups.ts";
import { type StoredLayer, storedLayers } from "./stored-layers.ts";
import type { Slot } from "./slots.ts";
import { type Unit, unitsOf } from "./units.ts";
import type { Layout, Link, StoredNames } from "../layout.ts";

/**
 * How Keras (2 and 3) and TensorFlow.js's layers lay out their weights.
 *
 * Layers are found by name: a module at `encoder.dense1` is the layer `encoder/dense1`; `_` and capitals do not count.
 * Where not every module has its layer so, they are found by order, each sort of layer for itself: the second `Conv`
 * is the file's second Conv2D. The order of modules is that in which their attributes were set, the order of layers
 * that of the topology, or of the file. Files are written with the names of modules.
 */
export const kerasLayout: Layout = {
  name: "keras",
  links(node, leaves, file) {
    const { units, matches } = matchesOf(node, leaves, file);
    const paths = new Map<unknown, Path>(leaves.map(([path, leaf]) => [leaf, path]));
    return units.flatMap((unit) => {
      const layer = matches.get(unit);
      return unit.slots.map((slot) => linkOf(slot, unit, layer, paths));
    });
  },
  ignores: isForeign,
  open: openKeras,
  hint: (node, leaves, file) => matchHint(unitsOf(node, leaves), storedLayers(file)),
  differences(node, leaves, file) {
    return settingDifferences(matchesOf(node, leaves, file).matches);
  },
};

function matchesOf(
  node: unknown,
  leaves: FlatState,
  file: StoredNames | undefined,
): { units: Unit[]; matches: Matches } {
  const units = unitsOf(node, leaves);
  return { units, matches: file ? matchLayers(units, storedLayers(file)) : new Map() };
}

function linkOf(
  slot: Slot,
  unit: Unit,
  layer: StoredLayer | undefined,
  paths: ReadonlyMap<unknown, Path>,
): Link {
  const role = slot.roles.find((name) => layer?.weights.has(name)) ?? slot.roles[0];
  // Numbers tell nothing of the weights of other classes, unless there is only one.
  const number = unit.kind === "others" && unit.slots.length > 1 ? undefined : unit.slots.indexOf(slot);
  const found = layer?.weights.get(role) ?? layer?.weights.get(String(number));
  const place = { paths: slot.leaves.map((leaf) => paths.get(leaf)!) };
  if (!found && layer && slot.isZeroWithout) {
    const zeros = () => slot.leaves.map(({ shape }) => tf.zeros([...shape]));
    return { ...place, parts: [], toModel: zeros, toFile: () => [] };
  }
  const shape = slot.shape(found?.shape, role);
  const prefix = layer?.prefix ?? (unit.prefix === "" ? "" : `${unit.prefix}/`);
  const isRefused = role === "kernel" && unit.kind === "gru" && isBeforeProduct(layer);
  const refuses = isRefused ? async () => BEFORE_PRODUCT : slot.refuses;
  return {
    ...place,
    parts: [{ name: found?.name ?? prefix + role, shape }],
    ...(refuses && { refuses }),
    toModel: ([part]) => slot.toModel(part!),
    toFile: (values) => [slot.toFile(values, shape)],
  };
}

/** Whether the topology says of a GRU that its reset gate comes before the product; TensorFlow.js has no other. */
function isBeforeProduct(layer: StoredLayer | undefined): boolean {
  return layer?.topology?.className === "GRU" && layer.topology.config["reset_after"] !== true;
}
