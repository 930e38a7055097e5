/** @file The error for a checkpoint that is not what was written. */
import { FileFormatError } from "../errors.ts";

/** A step of a directory of checkpoints is not whole, or not what was written. Nothing was changed. */
export class DamagedStepError extends FileFormatError {
  static override readonly name: string = "DamagedStepError";
}
