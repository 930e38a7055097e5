/** @file The errors of this package. Each says where, what was expected, what was found, and a repair. */
import { NnxError } from "@nnx-js/nn";

/** A file is not what its format asks for. */
export class FileFormatError extends NnxError {
  static override readonly name: string = "FileFormatError";
  constructor(message: string) {
    super("file-format", message);
  }
}

/** The names of tensors that do not fit. */
export interface Mismatch {
  /** What the model has and the file has not. */
  readonly missing: readonly string[];
  /** What the file has and the model has not. */
  readonly unexpected: readonly string[];
  /** What both have, of another shape or dtype. */
  readonly misshapen: readonly string[];
}

/** What stands in a file does not fit the model: names, shapes or dtypes. Nothing was changed. */
export class CheckpointMismatchError extends NnxError implements Mismatch {
  static override readonly name: string = "CheckpointMismatchError";
  /** The names that the model has and the file has not. */
  readonly missing: readonly string[];
  /** The names that the file has and the model has not. */
  readonly unexpected: readonly string[];
  /** The names that both have, of another shape or dtype. */
  readonly misshapen: readonly string[];

  constructor(message: string, { missing = [], unexpected = [], misshapen = [] }: Partial<Mismatch> = {}) {
    super("checkpoint-mismatch", message);
    this.missing = missing;
    this.unexpected = unexpected;
    this.misshapen = misshapen;
  }
}

/** A source could not be read, or a target could not be written. */
export class StorageError extends NnxError {
  static override readonly name: string = "StorageError";
  constructor(message: string, options?: ErrorOptions) {
    super("storage", message);
    if (options && "cause" in options) {
      Object.defineProperty(this, "cause", { value: options.cause, writable: true, configurable: true });
    }
  }
}

/** A value would be changed by its conversion to another dtype. Nothing was written or made. */
export class LossyConversionError extends NnxError {
  static override readonly name: string = "LossyConversionError";
  /** The tensor's name. */
  readonly tensor: string;
  /** The place of the value in the flat tensor. */
  readonly index: number;
  /** The value itself. */
  readonly value: number | bigint;

  constructor(message: string, place: { tensor: string; index: number; value: number | bigint }) {
    super("lossy-conversion", message);
    this.tensor = place.tensor;
    this.index = place.index;
    this.value = place.value;
  }
}
