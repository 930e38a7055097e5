/** @file How the leaves of a model stand in a file that somebody else's library wrote, or reads. */
import type { FlatState, Path } from "@nnx-js/nn";
import type * as tf from "@tensorflow/tfjs-core";

/** A tensor of a file, as a layout expects it. */
export interface StoredPart {
  /** Its name in the file. */
  readonly name: string;
  /** The shape that it needs to have in the file. */
  readonly shape: readonly number[];
}

/**
 * Some leaves of a model and the tensors of a file that hold the same numbers: mostly one and one, but the four gates
 * of an LSTM are one tensor in PyTorch.
 */
export interface Link {
  /** Where the leaves stand in the model. */
  readonly paths: readonly Path[];
  /** Where the numbers stand in the file. */
  readonly parts: readonly StoredPart[];
  /** The values of the leaves, in the order of `paths`, from those of `parts`. */
  toModel(parts: readonly tf.Tensor[]): tf.Tensor[];
  /** The tensors of the file, in the order of `parts`, from the values of the leaves. */
  toFile(values: readonly tf.Tensor[]): tf.Tensor[];
}

/** How a library lays out the weights of layers: which names, transposes and orders it uses. */
export interface Layout {
  /** Its name in errors. */
  readonly name: string;
  /**
   * The links of all leaves of `node` that the layout knows a place for.
   *
   * @param node the model, or a container of models
   * @param leaves the leaves that are to be loaded or saved, with their paths
   * @param names the names in the file that is to be loaded; `undefined` when one is to be written
   */
  links(node: unknown, leaves: FlatState, names: readonly string[] | undefined): Link[];
  /** Whether a tensor that no link takes may stand in a file all the same. */
  ignores(name: string): boolean;
}
