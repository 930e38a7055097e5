/** @file The errors of this package. Each says where, what was expected, what was found, and a repair. */

/** Base class of all errors of nnx-js models; `code` is stable across releases. */
export class NnxError extends Error {
  /** A stable identifier such as `"shape-mismatch"`. */
  readonly code: string;
  /** The Module or Variable that the error is about. */
  readonly subject: object | undefined;
  /** The message without the subject in front of it. */
  readonly detail: string;

  constructor(code: string, detail: string, subject?: object) {
    super(subject ? `${subject.constructor.name}: ${detail}` : detail);
    this.name = new.target.name;
    this.code = code;
    this.detail = detail;
    this.subject = subject;
  }

  /** Makes `subject` what the error is about, if that is not known: a Module whose `forward` called a function. */
  attributeTo(subject: object): void {
    if (this.subject) return;
    // Read-only for everybody else.
    (this as { subject: object }).subject = subject;
    this.rewrite(`${subject.constructor.name}: ${this.detail}`);
  }

  /** Puts the path of the subject in front of the message. */
  locate(path: string): void {
    this.rewrite(`${path} (${this.subject?.constructor.name}): ${this.detail}`);
  }

  private rewrite(message: string): void {
    // V8 writes the message into the stack when the error is made.
    if (this.stack) this.stack = this.stack.replace(this.message, () => message);
    this.message = message;
  }
}

/** An input's shape does not fit the layer. */
export class ShapeMismatchError extends NnxError {
  constructor(message: string, subject?: object) {
    super("shape-mismatch", message, subject);
  }
}

/** An input's dtype does not fit, e.g. integers for a float layer. */
export class DtypeError extends NnxError {
  constructor(message: string, subject?: object) {
    super("dtype", message, subject);
  }
}

/** An argument or option has a value that it cannot have. */
export class InvalidArgumentError extends NnxError {
  constructor(message: string, subject?: object) {
    super("invalid-argument", message, subject);
  }
}

/** A mode or a random stream that a call needs was given nowhere. */
export class MissingArgumentError extends NnxError {
  constructor(message: string, subject?: object) {
    super("missing-argument", message, subject);
  }
}

/** The value of a Variable cannot be read: it is abstract, or its tensor was disposed of. */
export class VariableValueError extends NnxError {
  constructor(message: string, subject?: object) {
    super("variable-value", message, subject);
  }
}

/** States, filters or graph definitions do not fit a node. */
export class GraphStructureError extends NnxError {
  constructor(message: string, subject?: object) {
    super("graph-structure", message, subject);
  }
}

/** A node cannot be copied structurally, so it cannot have views, clones or graph definitions. */
export class UncopyableNodeError extends NnxError {
  constructor(message: string, subject?: object) {
    super("uncopyable-node", message, subject);
  }
}

/** An attribute was given that no selected module has, or that cannot be set. */
export class UnknownAttributeError extends NnxError {
  constructor(message: string, subject?: object) {
    super("unknown-attribute", message, subject);
  }
}

/** A selection is empty, or has not the number of parts that was asserted. */
export class SelectionError extends NnxError {
  constructor(message: string, subject?: object) {
    super("selection", message, subject);
  }
}
