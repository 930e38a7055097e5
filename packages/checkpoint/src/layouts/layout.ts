/** @file How the leaves of a model stand in a file that somebody else's library wrote, or reads. */
import type { FlatState, Path } from "@nnx-js/nn";
import type * as tf from "@tensorflow/tfjs-core";
import type { Source } from "../source/byte-source.ts";
import type { TensorFile } from "../tensor-file.ts";

/** What a layout may know of a file: everything but the numbers. */
export type StoredNames = Pick<TensorFile, "names" | "metadata" | "info">;

/** A tensor of a file, as a layout expects it. */
export interface StoredPart {
  /** Its name in the file. */
  readonly name: string;
  /** The shape that it needs to have in the file. */
  readonly shape: readonly number[];
}

/**
 * Some leaves of a model and the tensors of a file that hold the same numbers: mostly one and one, but the four gates
 * of an LSTM are one tensor in PyTorch. Both functions run inside `tf.tidy`, and may answer what they were given.
 */
export interface Link {
  /** Where the leaves stand in the model. */
  readonly paths: readonly Path[];
  /** Where the numbers stand in the file. */
  readonly parts: readonly StoredPart[];
  /**
   * Why the numbers of `parts` cannot be those of the leaves, although names and shapes fit: a sentence for an error, or
   * `undefined`. Asked before anything is written.
   */
  refuses?(parts: readonly tf.Tensor[]): Promise<string | undefined>;
  /** The values of the leaves, in the order of `paths`, from those of `parts`. */
  toModel(parts: readonly tf.Tensor[]): tf.Tensor[];
  /** The tensors of the file, in the order of `parts`, from the values of the leaves. */
  toFile(values: readonly tf.Tensor[]): tf.Tensor[];
}

/** A setting of a layer that is no weight, and that the file tells otherwise than the model has it. */
export interface SettingDifference {
  /** The layer in the model. */
  readonly path: Path;
  /** The name of the setting in the model: `"epsilon"`. */
  readonly setting: string;
  /** What the model has. */
  readonly model: unknown;
  /** What the file tells. */
  readonly file: unknown;
}

/** How a library lays out the weights of layers: which names, transposes and orders it uses. */
export interface Layout {
  /** Its name in errors. */
  readonly name: string;
  /** Texts that files of this layout carry, such as `{ format: "pt" }`. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /**
   * The links of those of `leaves` that the library has a place for. What has none stays as it is when a file is loaded
   * and is not written when one is saved: random streams and caches in PyTorch's. A leaf may stand in several links,
   * where the library writes what is shared under each of its names; when loading, only with names that are there.
   *
   * @param node the model, or a container of models
   * @param leaves all leaves of `node` with their paths, sorted; each Variable once, under its first path
   * @param file what is known of the file that is to be loaded, its names after `rename`; `undefined` when one is to be
   *   written
   */
  links(node: unknown, leaves: FlatState, file: StoredNames | undefined): Link[];
  /** Whether a tensor that no link takes may stand in a file all the same. */
  ignores(name: string, file: StoredNames): boolean;
  /**
   * Settings of layers that the file tells otherwise than `node` has them, such as the epsilon of a BatchNorm. Absent
   * where files of this layout tell none.
   */
  differences?(node: unknown, leaves: FlatState, file: StoredNames): SettingDifference[];
  /** How it looked for what it did not find: sentences for the error that names do not fit. */
  hint?(node: unknown, leaves: FlatState, file: StoredNames): string | undefined;
  /** Opens files that are not safetensors; without it, all are. */
  open?(source: Source): Promise<TensorFile>;
}
