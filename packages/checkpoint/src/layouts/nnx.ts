/** @file The layout of our own files, and of those that Flax NNX's state is written to: state paths joined by dots. */
import { type FlatState, isVariable, type Path, type StateLeaf } from "@nnx-js/nn";
import { childNamed, isParent } from "../model/containers.ts";
import { keysOf, nameOf } from "../model/names.ts";
import type { Layout, Link } from "./layout.ts";

/** Each leaf is a tensor, as it is, under its state path. */
export const nnxLayout: Layout = {
  name: "nnx",
  links(node, leaves, file) {
    const others = file ? otherNames(node, leaves, file.names) : new Map<StateLeaf, string>();
    return leaves.map(([path, leaf]) => linkOf(path, leaf, others.get(leaf) ?? nameOf(path)));
  },
  ignores: () => false,
};

const same = <T>([tensor]: readonly T[]): T[] => [tensor!];

function linkOf(path: Path, { shape }: StateLeaf, name: string): Link {
  return { paths: [path], parts: [{ name, shape }], toModel: same, toFile: same };
}

/**
 * The names of shared Variables that the file has under another of their paths than the first: which one is first
 * depends on what else stands around them.
 */
function otherNames(node: unknown, leaves: FlatState, names: readonly string[]): Map<StateLeaf, string> {
  const first = new Map(leaves.map(([path, leaf]) => [nameOf(path), leaf]));
  const given = new Set(names);
  const absent = new Set([...first].filter(([name]) => !given.has(name)).map(([, leaf]) => leaf));
  const found = new Map<StateLeaf, string>();
  if (absent.size === 0) return found;
  for (const name of names) {
    if (first.has(name)) continue;
    const leaf = variableAt(node, name);
    if (leaf && absent.delete(leaf)) found.set(leaf, name);
  }
  return found;
}

/** The Variable that `name` leads to from `node`, by whatever path. */
function variableAt(node: unknown, name: string): StateLeaf | undefined {
  let place = node;
  for (const key of keysOf(name)) {
    if (!isParent(place)) return undefined;
    place = childNamed(place, key);
  }
  return isVariable(place) ? place : undefined;
}
