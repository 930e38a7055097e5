/** @file Which tensors of a file are which leaves of a model, and what does not fit, as far as the header tells. */
import {
  Cache,
  formatPath,
  Intermediate,
  isVariable,
  MetricState,
  OptState,
  type Path,
  Perturbation,
  RngState,
  type StateLeaf,
} from "@nnx-js/nn";
import type * as tf from "@tensorflow/tfjs-core";
import type { Layout, Link } from "../layouts/layout.ts";
import type { StoredDtype, TensorFile, TensorInfo } from "../tensor-file.ts";
import type { Leaf } from "./leaves.ts";
import { nameOf } from "./names.ts";
import { foreignKeys, type OwnMetadata } from "./own-metadata.ts";

/** A link that can be loaded, with the leaves that it is to write: `undefined` for one that is not selected. */
export interface Step {
  readonly link: Link;
  readonly targets: readonly (Leaf | undefined)[];
}

/** A name, and what is wrong with what has it. */
export interface Misfit {
  readonly name: string;
  readonly text: string;
}

/** What can be loaded, and what does not fit. */
export interface Fit {
  readonly steps: readonly Step[];
  /** Names that the file ought to have. */
  readonly missing: readonly string[];
  /** Names in the file that no leaf of the model takes, selected or not. */
  readonly unexpected: readonly string[];
  /** What is of another shape or dtype. */
  readonly misshapen: readonly Misfit[];
  /** The leaves that would stay without a value though the file need not have them. */
  readonly valueless: readonly Leaf[];
}

/** What a fit is made of. */
export interface FitParts {
  readonly node: unknown;
  readonly leaves: readonly Leaf[];
  readonly layout: Layout;
  /** Its names are those that the layout knows. */
  readonly file: TensorFile;
  readonly own: OwnMetadata | undefined;
  /** Whether the shapes and dtypes in the file are those that count: a `transform` may change them. */
  readonly checksTypes: boolean;
}

/** Compares a file with a model; reads nothing but the header. */
export function fitOf({ node, leaves, layout, file, own, checksTypes }: FitParts): Fit {
  const links = layout.links(node, leaves.map(({ path, value }) => [path, value] as const), file); // prettier-ignore
  const byPath = new Map(leaves.map((leaf) => [JSON.stringify(leaf.path), leaf]));
  const given = new Set(file.names);
  const isWhole = layout.name === "nnx" && own?.layout === "nnx";
  const steps: Step[] = [];
  const missing = new Set<string>();
  const misshapen: Misfit[] = [];
  const known = new Set<string>();
  const linked = new Set<Leaf>();
  const written = new Set<Leaf>();
  for (const link of links) {
    const targets = link.paths.map((path) => selectedAt(path, byPath, layout));
    const selected = targets.filter((leaf) => leaf !== undefined);
    for (const { name } of link.parts) known.add(name);
    if (selected.length === 0) continue;
    for (const leaf of selected) linked.add(leaf);
    const absent = link.parts.filter(({ name }) => !given.has(name));
    if (absent.length === 0) {
      steps.push({ link, targets });
      for (const leaf of selected) written.add(leaf);
      if (checksTypes) misshapen.push(...misfitsOf(link, selected[0]!.value, file));
    } else if (selected.some(({ value }) => isWhole || isWeight(value, layout))) {
      for (const { name } of absent) missing.add(name);
    }
  }
  for (const { path, value, isSelected } of leaves.filter((leaf) => !linked.has(leaf))) {
    // Of a plain tensor the layout has said that the file need not have it.
    if (isSelected && isVariable(value) && isWeight(value, layout)) missing.add(nameOf(path));
  }
  misshapen.push(...keyMisfits(own, steps));
  return {
    steps,
    missing: [...missing],
    unexpected: file.names.filter((name) => !known.has(name) && !layout.ignores(name, file)),
    misshapen,
    valueless: leaves.filter(
      (leaf) =>
        leaf.isSelected &&
        leaf.isAbstract &&
        !written.has(leaf) &&
        !isWhole &&
        (!isWeight(leaf.value, layout) || (!isVariable(leaf.value) && !linked.has(leaf))),
    ),
  };
}

/** What differs between two descriptions of a tensor, as a sentence; `undefined` when nothing does. */
export function difference(
  { shape, dtype }: { readonly shape: readonly number[]; readonly dtype: tf.DataType },
  found: Pick<TensorInfo, "shape"> & { readonly dtype: string },
): string | undefined {
  if (shape.join() === found.shape.join() && canHold(dtype, found.dtype)) return undefined;
  return `expected ${dtype}[${shape.join(", ")}], got ${found.dtype}[${found.shape.join(", ")}]`;
}

/** The dtypes of files whose numbers each dtype of TensorFlow.js takes; F64 and the halves are converted to float32. */
const TAKEN: Readonly<Partial<Record<tf.DataType, readonly (StoredDtype | tf.DataType)[]>>> = {
  float32: ["F64", "F32", "F16", "BF16", "float32"],
  int32: ["I64", "I32", "I16", "I8", "U32", "U16", "U8", "int32"],
  bool: ["BOOL", "bool"],
};

function canHold(dtype: tf.DataType, found: string): boolean {
  return TAKEN[dtype]?.some((other) => other === found) ?? false;
}

function misfitsOf(link: Link, { dtype }: StateLeaf, file: TensorFile): Misfit[] {
  return link.parts.flatMap(({ name, shape }) => {
    const text = difference({ shape, dtype }, file.info(name));
    return text === undefined ? [] : [{ name, text }];
  });
}

function keyMisfits(own: OwnMetadata | undefined, steps: readonly Step[]): Misfit[] {
  const keys = own ? foreignKeys(own) : new Map<string, string>();
  return steps
    .flatMap(({ link }) => link.parts)
    .filter(({ name }) => keys.has(name))
    .map(({ name }) => ({ name, text: `expected a key of threefry2x32, got one of ${keys.get(name)}` }));
}

/** What a run makes anew: files of others do not have it, and it need not be there. */
const FLEETING = [RngState, Cache, Intermediate, Perturbation];
/** What files in the layouts of other libraries do not have either. */
const TRAINING = [OptState, MetricState];

/** Whether a leaf has to be in every file. */
export function isWeight(leaf: StateLeaf, layout: Layout): boolean {
  if (!isVariable(leaf)) return true;
  const others = layout.name === "nnx" ? FLEETING : [...FLEETING, ...TRAINING];
  return !others.some((kind) => leaf instanceof kind);
}

function selectedAt(path: Path, leaves: ReadonlyMap<string, Leaf>, layout: Layout): Leaf | undefined {
  const leaf = leaves.get(JSON.stringify(path));
  if (!leaf)
    throw new Error(`internal: the layout ${layout.name} links ${formatPath(path)}, which is no leaf.`);
  return leaf.isSelected ? leaf : undefined;
}
