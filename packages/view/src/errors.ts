/** @file The errors of views. */
import { NnxError } from "@nnx-js/nn";

/** A mode was given that no selected module has. */
export class UnknownModeError extends NnxError {
  constructor(message: string) {
    super("unknown-mode", message);
  }
}

/** The value given for a mode is not of the type that a module declares. */
export class ModeTypeError extends NnxError {
  constructor(message: string) {
    super("mode-type", message);
  }
}
