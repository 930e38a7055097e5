/** @file The errors of this package. Each says where, what was expected, what was found, and a repair. */
import { NnxError } from "@nnx-js/nn";

/** A source of data gave what no batch can be made of, or threw: then `cause` is what it threw. */
export class DataSourceError extends NnxError {
  static override readonly name: string = "DataSourceError";
  constructor(message: string, options: ErrorOptions = {}) {
    super("data-source", message);
    if ("cause" in options) Object.defineProperty(this, "cause", { value: options.cause });
  }
}
