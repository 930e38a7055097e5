/** @file The errors of derivatives. */
import { NnxError } from "../../errors.ts";

/** A kernel that has no derivative of the kind that was asked for. */
export class UnsupportedDerivativeError extends NnxError {
  static override readonly name: string = "UnsupportedDerivativeError";
  /** TensorFlow.js's name of the kernel, or that of a transformation. */
  readonly kernelName: string;
  /** The line that launches it, if it is known. */
  readonly source: string | undefined;
  constructor(kernelName: string, source: string | undefined, wayOut: string) {
    const at = source === undefined ? "" : ` at ${source}`;
    super(
      "unsupported-derivative",
      `expected operations with a derivative, found ${kernelName}${at}, which has none. ${wayOut}`,
    );
    this.kernelName = kernelName;
    this.source = source;
  }
}
