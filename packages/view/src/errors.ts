/** @file The errors of views. */
import { NnxError } from "@nnx-js/nn";

/** A mode was given that no selected module has. */
export class UnknownModeError extends NnxError {
  static override readonly name: string = "UnknownModeError";
  constructor(message: string) {
    super("unknown-mode", message);
  }
}

/** The value given for a mode is not of the type that a module declares. */
export class ModeTypeError extends NnxError {
  static override readonly name: string = "ModeTypeError";
  constructor(message: string) {
    super("mode-type", message);
  }
}
