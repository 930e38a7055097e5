/** @file Writes the weights of a model as TensorFlow.js's layers read them. */
import { type Filter, InvalidArgumentError } from "@nnx-js/nn";
import type * as tf from "@tensorflow/tfjs-core";
import { kerasLayout } from "../layouts/keras/keras.ts";
import { isForeign } from "../layouts/keras/groups.ts";
import type { Layout } from "../layouts/layout.ts";
import { assertOptions } from "../model/options.ts";
import type { Rename } from "../model/rename.ts";
import { snapshotOf } from "../model/snapshot.ts";
import type { TensorFile } from "../tensor-file.ts";

/** Options of {@link writeLayersModel}. */
export interface WriteLayersModelOptions {
  /**
   * The file that the model was loaded from, by {@link readLayersModel}: its names are written, in its order, and its topology, so that
   * `tf.loadLayersModel` makes the whole model of what is written. Without it there are weights only.
   */
  readonly like?: TensorFile | undefined;
  /** Which leaves are written. All unless given. */
  readonly only?: Filter | undefined;
  /** The names in the file for those that the layout gives; `null` leaves a tensor out. */
  readonly rename?: Rename | undefined;
}

/** The files of a LayersModel, by their names. */
export interface LayersModelFiles {
  // Uint8Array<ArrayBuffer> where TypeScript knows it, from 5.7 on; before that it is not generic.
  readonly "model.json": ReturnType<TextEncoder["encode"]>;
  readonly "weights.bin": ReturnType<TextEncoder["encode"]>;
}

/**
 * Writes the weights of `node` as TensorFlow.js's layers read them: a model.json with a weight manifest, and its bytes.
 * The answer is what {@link readLayersModel} takes, too.
 *
 * @returns both files, to be written where they are needed
 * @throws InvalidArgumentError where `like` has weights that `node` has not, or is a file of Keras
 *
 * @example
 * const file = await readLayersModel("model.json");
 * await loadModel(model, file, { layout: "keras" });
 * // … train …
 * const files = await writeLayersModel(model, { like: file });
 */
export async function writeLayersModel(
  node: unknown,
  options: WriteLayersModelOptions = {},
): Promise<LayersModelFiles> {
  assertOptions("writeLayersModel", options, ["like", "only", "rename"]);
  const { like, ...rest } = options;
  if (like) assertLike(like);
  const layout: Layout = like
    ? { ...kerasLayout, links: (model, leaves) => kerasLayout.links(model, leaves, like) }
    : kerasLayout;
  const snapshot = await snapshotOf(node, { ...rest, layout }, "writeLayersModel");
  try {
    const tensors = like && !options.rename ? inOrderOf(like, snapshot.tensors) : [...snapshot.tensors];
    const weights = tensors.map(([name, { shape, dtype }]) => ({ name, shape, dtype }));
    const topology = like?.metadata["modelTopology"];
    const json = {
      ...(topology !== undefined && { modelTopology: JSON.parse(topology) as unknown }),
      format: "layers-model",
      generatedBy: "nnx-js",
      convertedBy: null,
      weightsManifest: [{ paths: ["weights.bin"], weights }],
    };
    return {
      "model.json": new TextEncoder().encode(JSON.stringify(json)),
      "weights.bin": await joined(tensors.map(([, tensor]) => tensor)),
    };
  } finally {
    snapshot.dispose();
  }
}

/** Files of Keras have names and topologies that TensorFlow.js does not read. */
function assertLike({ metadata }: TensorFile): void {
  if (!Object.hasOwn(metadata, "layerNames")) return;
  throw new InvalidArgumentError(
    "writeLayersModel: expected a file of readLayersModel for `like`, got one of Keras, whose names and topology " +
      "TensorFlow.js does not read. Leave `like` out: weights are then called as the attributes are.",
  );
}

/** The tensors as `like` has them. */
function inOrderOf(like: TensorFile, tensors: ReadonlyMap<string, tf.Tensor>): [string, tf.Tensor][] {
  const names = like.names.filter((name) => !isForeign(name, like));
  const lost = names.filter((name) => !tensors.has(name));
  if (lost.length === 0) return names.map((name) => [name, tensors.get(name)!]);
  throw new InvalidArgumentError(
    `writeLayersModel: the model has nothing for ${lost.slice(0, 8).join(", ")}${lost.length > 8 ? ", …" : ""} of ` +
      "`like`. Give the file that it was loaded from, or none.",
  );
}

/** The bytes of tensors one after the other. */
async function joined(tensors: readonly tf.Tensor[]): Promise<Uint8Array<ArrayBuffer>> {
  const sizes = tensors.map(({ size, dtype }) => size * (dtype === "bool" ? 1 : 4));
  const bytes = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0));
  let at = 0;
  for (const [i, tensor] of tensors.entries()) {
    const { buffer, byteOffset, byteLength } = await tensor.data();
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += sizes[i]!;
  }
  return bytes;
}
