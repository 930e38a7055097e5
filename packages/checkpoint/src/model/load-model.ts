/** @file `loadModel`: gives a model the values of a file, all or none of them. */
import { type Filter, InvalidArgumentError, transaction } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { Layout, SettingDifference } from "../layouts/layout.ts";
import { type LayoutName, layoutOf } from "../layouts/named.ts";
import { readSafetensors } from "../safetensors/read-safetensors.ts";
import type { Source } from "../source/byte-source.ts";
import type { TensorFile } from "../tensor-file.ts";
import { type Fit, fitOf } from "./fit.ts";
import { type Leaf, leavesOf } from "./leaves.ts";
import { mismatchError, type Scene } from "./mismatch.ts";
import { nameOf } from "./names.ts";
import { assertOptions } from "./options.ts";
import { readOwnMetadata } from "./own-metadata.ts";
import { readValues, type Transform } from "./read-values.ts";
import { type Rename, renamed } from "./rename.ts";

/** Options of {@link loadModel}. */
export interface LoadOptions {
  /**
   * Whether the names have to be the same on both sides. Default `true`. `false` loads what fits and answers what does
   * not; shapes and dtypes have to fit all the same.
   */
  readonly strict?: boolean | undefined;
  /** Which leaves are loaded; the others stay as they are, and the file may hold anything else. All unless given. */
  readonly only?: Filter | undefined;
  /** The names that the layout expects for those in the file; `null` leaves a tensor out. */
  readonly rename?: Rename | undefined;
  /** Changes tensors as they are read, before their shapes are compared. */
  readonly transform?: Transform | undefined;
  /** Whose names and orders of axes the file has. `"nnx"` unless given. */
  readonly layout?: LayoutName | Layout | undefined;
}

/** What {@link loadModel} left out. */
export interface LoadReport {
  /** The names of the model that the file has not: these leaves are as they were. */
  readonly missing: readonly string[];
  /** The names in the file that the model has not. */
  readonly unexpected: readonly string[];
  /** Settings of layers that the file tells otherwise than the model has them; they are not changed. */
  readonly settings: readonly SettingDifference[];
}

/**
 * Gives `node` the values of a file, in place: Variables keep their identity, so that all views and optimisers see
 * them, and compiled functions are not compiled again. `node` is whatever `state` takes, `{ model, optimizer, rngs }`
 * for instance, also one without values yet, from `evalShape`.
 *
 * ```ts
 * await loadModel(model, "model.safetensors");
 * const { missing } = await loadModel(model, bytes, { strict: false });
 * await loadModel(model, "pytorch.safetensors", { layout: "torch" });
 * ```
 *
 * Names, shapes and dtypes of all tensors are compared before any is read, and all are read before any is written: when
 * it throws, nothing has changed. Floating numbers of all widths become float32; integers of all widths int32.
 *
 * @param source a path, a URL, bytes, a `Blob`, or a file that is open already, which stays open
 * @throws CheckpointMismatchError naming all that is missing, unexpected, or of another shape or dtype
 * @throws FileFormatError for what is no file of the format
 * @throws StorageError when the source cannot be read
 */
export async function loadModel(
  node: unknown,
  source: Source | TensorFile,
  options: LoadOptions = {},
): Promise<LoadReport> {
  assertOptions("loadModel", options, ["strict", "only", "rename", "transform", "layout"]);
  assertTransform(options.transform);
  const leaves = leavesOf(node, options.only ?? true, "loadModel");
  const layout = await layoutOf(options.layout ?? "nnx", "loadModel");
  if (isTensorFile(source)) return await loadFrom(source, "the file", { node, leaves, layout, options });
  const file = await (layout.open?.(source) ?? readSafetensors(source));
  try {
    return await loadFrom(file, labelOf(source), { node, leaves, layout, options });
  } finally {
    await file.close();
  }
}

interface Job {
  readonly node: unknown;
  readonly leaves: readonly Leaf[];
  readonly layout: Layout;
  readonly options: LoadOptions;
}

async function loadFrom(source: TensorFile, label: string, { node, leaves, layout, options }: Job) {
  const { strict = true, only, rename, transform } = options;
  const own = readOwnMetadata(source.metadata, label);
  const file = withNames(source, renamed(source.names, rename, "loadModel"));
  const fit = fitOf({ node, leaves, layout, file, own, checksTypes: !transform });
  const entries = leaves.map(({ path, value }) => [path, value] as const);
  const hint = () => layout.hint?.(node, entries, file);
  const scene: Scene = { node, leaves, layout, label, names: file.names, savedAs: own?.layout, hint };
  assertFit(fit, scene, { strict, hasOnly: only !== undefined });
  const values = await readValues(fit, { file, transform, scene });
  writeAll(values);
  return {
    missing: [...fit.missing, ...fit.valueless.map(({ path }) => nameOf(path))],
    unexpected: fit.unexpected,
    settings: layout.differences?.(node, entries, file) ?? [],
  };
}

/** Gives all leaves their values, or none. */
function writeAll(values: ReadonlyMap<Leaf, tf.Tensor>): void {
  const undo: (() => void)[] = [];
  try {
    transaction(() => {
      for (const [leaf, value] of values) {
        const back = leaf.write(value);
        if (back) undo.push(back);
      }
    });
  } catch (error) {
    for (const back of undo) back();
    tf.dispose([...values.values()]);
    throw error;
  }
}

function assertFit(fit: Fit, scene: Scene, { strict, hasOnly }: { strict: boolean; hasOnly: boolean }): void {
  // With `only`, what else the file holds is nobody's concern here.
  const unexpected = hasOnly ? [] : fit.unexpected;
  const isLoose = fit.missing.length + unexpected.length + fit.valueless.length > 0;
  if (fit.misshapen.length === 0 && !(strict && isLoose)) return;
  throw mismatchError(
    strict
      ? { ...fit, unexpected: fit.missing.length > 0 ? fit.unexpected : unexpected }
      : { ...fit, missing: [], unexpected: [], valueless: [] },
    scene,
  );
}

/** A file under other names, those for which `olds` has the ones in the file. */
function withNames(file: TensorFile, olds: ReadonlyMap<string, string>): TensorFile {
  const old = (name: string) => olds.get(name) ?? name;
  return {
    names: [...olds.keys()],
    metadata: file.metadata,
    info: (name) => file.info(old(name)),
    tensor: (name) => file.tensor(old(name)),
    close: () => file.close(),
  };
}

function isTensorFile(source: unknown): source is TensorFile {
  return typeof source === "object" && source !== null && "names" in source && "tensor" in source;
}

function assertTransform(transform: unknown): void {
  if (transform === undefined || typeof transform === "function") return;
  throw new InvalidArgumentError(
    `loadModel: expected a function for transform, got ${transform === null ? "null" : typeof transform}. Write ` +
      `{ transform: (tensor, name) => (name === "…" ? tf.cast(tensor, "float32") : tensor) }.`,
  );
}

/** What errors call a source. */
function labelOf(source: Source): string {
  if (typeof source === "string" || source instanceof URL) return String(source);
  const { name, label } = source as { name?: unknown; label?: unknown };
  return typeof label === "string" ? label : typeof name === "string" && name !== "" ? name : "the file";
}
