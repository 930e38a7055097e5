/** @file The errors of this package. Each says where, what was expected, what was found, and a repair. */

import { classNameOf } from "./class-name.ts";

/** Base class of all errors of nnx-js models; `code` is stable across releases. */
export class NnxError extends Error {
  // Literals here and in all exported classes: minifiers rename classes, and errors and summaries show the names.
  static override readonly name: string = "NnxError";
  /** A stable identifier such as `"shape-mismatch"`. */
  readonly code: string;
  /** The Module or Variable that the error is about; not enumerable, so that nothing prints a whole model. */
  declare readonly subject: object | undefined;
  /** The message without the subject in front of it. */
  declare readonly detail: string;

  constructor(code: string, detail: string, subject?: object) {
    super(subject ? `${classNameOf(subject)}: ${detail}` : detail);
    this.code = code;
    Object.defineProperty(this, "detail", { value: detail });
    Object.defineProperty(this, "subject", { value: subject, configurable: true });
  }

  // On the prototype: V8 writes the name into the stack before the constructor has run.
  /** The name of the class. */
  override get name(): string {
    return this.constructor.name;
  }

  /** Makes `subject` what the error is about, if that is not known: a Module whose `forward` called a function. */
  attributeTo(subject: object): void {
    if (this.subject) return;
    Object.defineProperty(this, "subject", { value: subject });
    rewriteMessage(this, `${classNameOf(subject)}: ${this.detail}`);
  }

  /** Puts the path of the subject in front of the message. */
  locate(path: string): void {
    rewriteMessage(this, `${path} (${this.subject && classNameOf(this.subject)}): ${this.detail}`);
  }
}

/** Gives `error` another message, in its stack too, where V8 wrote it when the error was made. */
export function rewriteMessage(error: Error, message: string): void {
  const { stack, message: before } = error;
  if (stack) {
    // Without a message the stack begins with the name alone.
    error.stack =
      before === ""
        ? stack.replace(/^([\w$.]+)(?:: ?)?(?=\n|$)/, (_, name) => `${name}: ${message}`)
        : stack.replace(before, () => message);
  }
  Object.defineProperty(error, "message", { value: message, writable: true, configurable: true });
}

/** An input's shape does not fit the layer. */
export class ShapeMismatchError extends NnxError {
  static override readonly name: string = "ShapeMismatchError";
  constructor(message: string, subject?: object) {
    super("shape-mismatch", message, subject);
  }
}

/** An input's dtype does not fit, e.g. integers for a float layer. */
export class DtypeError extends NnxError {
  static override readonly name: string = "DtypeError";
  constructor(message: string, subject?: object) {
    super("dtype", message, subject);
  }
}

/** An argument or option has a value that it cannot have. */
export class InvalidArgumentError extends NnxError {
  static override readonly name: string = "InvalidArgumentError";
  constructor(message: string, subject?: object) {
    super("invalid-argument", message, subject);
  }
}

/** A mode or a random stream that a call needs was given nowhere. */
export class MissingArgumentError extends NnxError {
  static override readonly name: string = "MissingArgumentError";
  constructor(message: string, subject?: object) {
    super("missing-argument", message, subject);
  }
}

/** The value of a Variable cannot be read: it is abstract, or its tensor was disposed of. */
export class VariableValueError extends NnxError {
  static override readonly name: string = "VariableValueError";
  constructor(message: string, subject?: object) {
    super("variable-value", message, subject);
  }
}

/** States, filters or graph definitions do not fit a node. */
export class GraphStructureError extends NnxError {
  static override readonly name: string = "GraphStructureError";
  constructor(message: string, subject?: object) {
    super("graph-structure", message, subject);
  }
}

/** A node cannot be copied structurally, so it cannot have views, clones or graph definitions. */
export class UncopyableNodeError extends NnxError {
  static override readonly name: string = "UncopyableNodeError";
  constructor(message: string, subject?: object) {
    super("uncopyable-node", message, subject);
  }
}

/** An attribute was given that no selected module has, or that cannot be set. */
export class UnknownAttributeError extends NnxError {
  static override readonly name: string = "UnknownAttributeError";
  constructor(message: string, subject?: object) {
    super("unknown-attribute", message, subject);
  }
}

/** A selection is empty, or has not the number of parts that was asserted. */
export class SelectionError extends NnxError {
  static override readonly name: string = "SelectionError";
  constructor(message: string, subject?: object) {
    super("selection", message, subject);
  }
}
