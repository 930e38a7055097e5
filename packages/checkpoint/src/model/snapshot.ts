/** @file The values of a model at one moment, under the names that a file gives them. */
import {
  atBoundary,
  copyValue,
  type Filter,
  formatPath,
  InvalidArgumentError,
  isVariable,
  VariableValueError,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { Layout } from "../layouts/layout.ts";
import { type LayoutName, layoutOf } from "../layouts/named.ts";
import { assertValues } from "./assert-values.ts";
import { isWeight } from "./fit.ts";
import { type Leaf, leavesOf } from "./leaves.ts";
import { OWN_KEY, ownMetadata } from "./own-metadata.ts";
import { type Rename, renamed } from "./rename.ts";

/** What is saved of a model, and how. */
export interface SnapshotOptions {
  /** Which leaves are saved. All unless given. */
  readonly only?: Filter | undefined;
  /** Texts of your own, beside the tensors. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Whose names and orders of axes the file has. `"nnx"` unless given. */
  readonly layout?: LayoutName | Layout | undefined;
  /** The names in the file for those that the layout gives; `null` leaves a tensor out. */
  readonly rename?: Rename | undefined;
}

/** The tensors of a file that is to be written. */
export interface Snapshot {
  /** By name; they are the snapshot's. */
  readonly tensors: ReadonlyMap<string, tf.Tensor>;
  /** The texts of the file. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Frees the tensors. */
  dispose(): void;
}

/**
 * Takes the values that `node` has when it is called: what is written to it later, before the promise resolves too,
 * does not count. Tensors are shared; only what a compiled function keeps in its own memory is copied.
 *
 * @param caller for errors
 * @throws InvalidArgumentError, VariableValueError; no tensor is left over then
 */
export async function snapshotOf(node: unknown, options: SnapshotOptions, caller: string): Promise<Snapshot> {
  const { only = true, metadata, layout: chosen = "nnx", rename } = options;
  assertMetadata(metadata, caller);
  assertValues(caller);
  const leaves = leavesOf(node, only, caller);
  // Of other layouts a link may need leaves beside those that are selected.
  const values = valuesOf(
    node,
    chosen === "nnx" ? leaves.filter(({ isSelected }) => isSelected) : leaves,
    caller,
  );
  const tensors = new Map<string, tf.Tensor>();
  try {
    const layout = await layoutOf(chosen, caller);
    const sources = fill(tensors, { node, leaves, values, layout, rename, caller });
    const kinds = layout.name === "nnx" ? sources : [];
    return {
      tensors,
      metadata: { ...layout.metadata, ...metadata, [OWN_KEY]: ownMetadata(layout.name, kinds) },
      dispose: () => tf.dispose([...tensors.values()]),
    };
  } catch (error) {
    tf.dispose([...tensors.values()]);
    throw error;
  } finally {
    tf.dispose([...values.values()]);
  }
}

/** The present values, kept through all scopes. */
function valuesOf(node: unknown, leaves: readonly Leaf[], caller: string): Map<Leaf, tf.Tensor> {
  const abstract = leaves.filter((leaf) => leaf.isSelected && leaf.isAbstract);
  if (abstract.length > 0) {
    throw new VariableValueError(
      `${caller}: expected values, got ${abstract.length} leaves of evalShape that have none yet: ` +
        `${abstract
          .slice(0, 8)
          .map(({ path }) => formatPath(path))
          .join(", ")}${abstract.length > 8 ? ", …" : ""}. ` + // prettier-ignore
        `Load them first, loadModel(model, source), or save the others: { only: (path, leaf) => !leaf.isAbstract }.`,
    );
  }
  const values = new Map<Leaf, tf.Tensor>();
  try {
    atBoundary([node], () => {
      for (const leaf of leaves) {
        if (!leaf.isAbstract) values.set(leaf, tf.keep(copyOf(leaf, caller)));
      }
    });
  } catch (error) {
    tf.dispose([...values.values()]);
    throw error;
  }
  return values;
}

function copyOf({ path, value }: Leaf, caller: string): tf.Tensor {
  if (isVariable(value)) return copyValue(value);
  if (!value.isDisposed) return value.clone();
  throw new VariableValueError(
    `${caller}: the tensor at ${formatPath(path)} is disposed of. Save before, or leave it out: { only: Variable }.`,
  );
}

interface Filling {
  readonly node: unknown;
  readonly leaves: readonly Leaf[];
  readonly values: ReadonlyMap<Leaf, tf.Tensor>;
  readonly layout: Layout;
  readonly rename: Rename | undefined;
  readonly caller: string;
}

/** Adds the tensors by name; answers which leaf each was made of. */
function fill(
  tensors: Map<string, tf.Tensor>,
  { node, leaves, values, layout, rename, caller }: Filling,
): [string, Leaf["value"]][] {
  const entries = leaves.map(({ path, value }) => [path, value] as const);
  const byPath = new Map(leaves.map((leaf) => [JSON.stringify(leaf.path), leaf]));
  const links = layout
    .links(node, entries, undefined)
    .map((link) => ({ link, sources: link.paths.map((path) => byPath.get(JSON.stringify(path))!) }))
    .filter(({ sources }) => sources.some(({ isSelected }) => isSelected));
  const linked = new Set(links.flatMap(({ sources }) => sources));
  assertPlaces(leaves.filter((leaf) => leaf.isSelected && !linked.has(leaf)), layout, caller); // prettier-ignore
  const olds = links.flatMap(({ link }) => link.parts.map(({ name }) => name));
  const names = new Map([...renamed(olds, rename, caller)].map(([name, old]) => [old, name]));
  const sources: [string, Leaf["value"]][] = [];
  const kept = new Set(values.values());
  for (const { link, sources: of } of links) {
    if (!link.parts.some(({ name }) => names.has(name))) continue;
    const made = tf.tidy(() => link.toFile(of.map((leaf) => valueOf(leaf, values, caller))));
    for (const [i, { name }] of link.parts.entries()) {
      const given = names.get(name);
      if (given === undefined) continue;
      tensors.set(given, tf.keep(made[i]!.clone()));
      sources.push([given, of[0]!.value]);
    }
    tf.dispose(made.filter((tensor) => !kept.has(tensor)));
  }
  return sources;
}

function valueOf(leaf: Leaf, values: ReadonlyMap<Leaf, tf.Tensor>, caller: string): tf.Tensor {
  const value = values.get(leaf);
  if (value) return value;
  throw new VariableValueError(
    `${caller}: ${formatPath(leaf.path)} has no value, and the tensor that it is a part of in the file needs one. ` +
      `Load it first.`,
  );
}

function assertPlaces(leaves: readonly Leaf[], layout: Layout, caller: string): void {
  const lost = leaves.filter(({ value }) => isWeight(value, layout)).map(({ path }) => formatPath(path));
  if (lost.length === 0) return;
  throw new InvalidArgumentError(
    `${caller}: the layout ${layout.name} has no place for ${lost.slice(0, 12).join(", ")}` +
      `${lost.length > 12 ? ` and ${lost.length - 12} more` : ""}. Save them in another layout, or leave them out by ` +
      `\`only\`.`,
  );
}

function assertMetadata(metadata: unknown, caller: string): void {
  if (metadata === undefined) return;
  const isTexts =
    typeof metadata === "object" &&
    metadata !== null &&
    Object.values(metadata).every((text) => typeof text === "string");
  if (!isTexts) {
    throw new InvalidArgumentError(
      `${caller}: expected texts by name for metadata. Write { metadata: { epoch: String(epoch) } }.`,
    );
  }
  if (!Object.hasOwn(metadata, OWN_KEY)) return;
  throw new InvalidArgumentError(
    `${caller}: the name "${OWN_KEY}" in the metadata is that of what this package writes. Choose another one.`,
  );
}
