/** @file What quantising a model cost in accuracy, and what it saved. */
import { drawTable } from "../summary/table.ts";
import type { Path } from "../graph/kinds.ts";
import { formatPath } from "../graph/kinds.ts";

/** One kernel of a quantised model. */
export interface QuantizedKernel {
  readonly path: Path;
  readonly shape: readonly number[];
  /** The root of the mean square of what rounding changed over that of the weights; NaN where there are no values. */
  readonly relativeError: number;
  /** Of integers and scales. */
  readonly bytes: number;
  /** Of the same kernel in float32. */
  readonly floatBytes: number;
}

/** All kernels of a quantised model; printed, it is a table. */
export class QuantizationReport {
  static readonly name: string = "QuantizationReport";
  /** In the order of their paths. */
  readonly kernels: readonly QuantizedKernel[];
  /** As of one kernel, of all weights together. */
  readonly relativeError: number;
  readonly bytes: number;
  readonly floatBytes: number;

  /** @internal */
  constructor(kernels: readonly QuantizedKernel[], relativeError: number) {
    this.kernels = kernels;
    this.relativeError = relativeError;
    this.bytes = kernels.reduce((sum, { bytes }) => sum + bytes, 0);
    this.floatBytes = kernels.reduce((sum, { floatBytes }) => sum + floatBytes, 0);
  }

  /** The table. */
  toString(): string {
    return drawTable({
      title: "Quantised kernels",
      head: ["path", "shape", "relative error", "bytes", "in float32"],
      rows: this.kernels.map((kernel) => [
        formatPath(kernel.path),
        `[${kernel.shape.join(", ")}]`,
        ...cells(kernel),
      ]),
      foot: ["all", "", ...cells(this)],
      caption: `${(100 * (this.bytes / this.floatBytes)).toFixed(0)} % of the memory`,
    });
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

function cells({ relativeError, bytes, floatBytes }: Omit<QuantizedKernel, "path" | "shape">): string[] {
  const error = Number.isNaN(relativeError) ? "" : `${(100 * relativeError).toFixed(2)} %`;
  return [error, bytes.toLocaleString("en-US"), floatBytes.toLocaleString("en-US")];
}
