/** @file The errors of this package. Each says what was expected, what was found and where, and a way out. */
import { NnxError } from "@nnx-js/nn";

/** An operation that a format has no words for. */
export class UnsupportedExportError extends NnxError {
  static override readonly name: string = "UnsupportedExportError";
  /** TensorFlow.js's name of the kernel. */
  readonly kernelName: string;
  /** The line of the user's code that launches it, such as `model.ts:12:8`, if it is known. */
  readonly source: string | undefined;
  /**
   * @param caller such as `exportOnnx(predict)`
   * @param options the line, what is missing ("expected …, found Kernel at line, {reason}"), and what to do about it
   */
  constructor(
    caller: string,
    kernelName: string,
    { source, reason, wayOut }: { source: string | undefined; reason: string; wayOut: string },
  ) {
    const place = source === undefined ? "" : ` at ${source}`;
    super(
      "unsupported-export",
      `${caller}: expected operations that can be exported, found ${kernelName}${place}, ${reason}. ${wayOut}`,
    );
    this.kernelName = kernelName;
    this.source = source;
  }
}

/** What an export was given does not suit it. */
export class ExportArgumentError extends NnxError {
  static override readonly name: string = "ExportArgumentError";
  constructor(message: string) {
    super("export-argument", message);
  }
}
