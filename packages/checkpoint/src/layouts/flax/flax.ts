/** @file How Flax lays out the weights of layers: as we do, under names in snake_case. */
import {
  Cache,
  Intermediate,
  isPytree,
  isVariable,
  Perturbation,
  RngState,
  type StateLeaf,
} from "@nnx-js/nn";
import { readSafetensors } from "../../safetensors/read-safetensors.ts";
import type { Layout } from "../layout.ts";
import { linksBy, type Presence } from "../walk.ts";
import { linenCellRules } from "./linen-cells.ts";
import { linenWrapperRules } from "./linen-wrappers.ts";

/** The collections of Linen, which its names begin with. */
const COLLECTIONS = ["params", "batch_stats", "cache", "lora", "intermediates"];

/** What some ways to flatten an NNX state end names with. */
const BOXES = ["value", "raw_value"];

/**
 * The layout of Flax: a flattened NNX state, or the variables of a Linen model, names joined by dots or slashes.
 *
 * Layers have Flax's shapes and gate orders already. Names are those of the attributes, in snake_case; of Linen's
 * names the collection, `params/`, is left out of account, and cells may have each gate by itself.
 *
 * @see flax.nnx.to_flat_state, flax.traverse_util.flatten_dict
 */
export const flaxLayout: Layout = {
  name: "flax",
  metadata: { format: "flax" },
  links: (node, leaves, file) =>
    linksBy(
      {
        rules: [...linenCellRules, ...linenWrapperRules],
        presence,
        repeatsShared: false,
        plainName: plainNames(file?.names ?? [], node),
      },
      node,
      leaves,
      file,
    ),
  ignores: () => false,
  // The words of random keys are unsigned there.
  open: (source) => readSafetensors(source, { integers: (name) => (isKey(name) ? "wrap" : "int32") }),
};

/** Random streams have keys of their own in Flax, and caches are made for each use. */
const FLEETING = [RngState, Cache, Intermediate, Perturbation];

function presence(leaf: StateLeaf): Presence {
  if (!isVariable(leaf)) return "optional";
  return FLEETING.some((type) => leaf instanceof type) ? "unwritten" : "always";
}

function plainNames(names: readonly string[], node: unknown): (name: string) => string {
  const box = names.length > 0 && BOXES.find((last) => names.every((name) => name.endsWith(`.${last}`)));
  return (name) => {
    const parts = name.split(/[./]/);
    while (parts.length > 1 && COLLECTIONS.includes(parts[0]!) && !isAttribute(node, parts[0]!))
      parts.shift();
    if (box) parts.pop();
    return parts.join(".");
  };
}

function isAttribute(node: unknown, key: string): boolean {
  return (
    typeof node === "object" &&
    node !== null &&
    (isPytree(node) || !Array.isArray(node)) &&
    Object.hasOwn(node, key)
  );
}

function isKey(name: string): boolean {
  const parts = name.split(/[./]/);
  return parts.includes("key") && !["kernel", "bias", "scale"].includes(parts.at(-1)!);
}
