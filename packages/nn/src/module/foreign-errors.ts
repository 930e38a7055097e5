/** @file Errors of other code, such as TensorFlow.js: in which Module's `forward` they were thrown. */
import { NnxError, rewriteMessage } from "../errors.ts";

/** What is known of an error that is not ours: the innermost Module, and the message without it. */
interface Site {
  readonly subject: object;
  readonly detail: string;
}

const sites = new WeakMap<object, Site>();

/**
 * The error to throw for one that left the `forward` of `module`. One of ours is about that module, unless it knows
 * better. One of other code becomes another one of the same class with the same properties, whose message names the
 * module and whose `cause` is the original. What is no error stays as it is.
 */
export function attributed(error: unknown, module: object): unknown {
  if (error instanceof NnxError) {
    error.attributeTo(module);
    return error;
  }
  if (!isError(error) || sites.has(error)) return error;
  const about = copyOf(error);
  sites.set(about, { subject: module, detail: error.message });
  rewriteMessage(about, `${module.constructor.name}: ${error.message}`);
  return about;
}

/** The Module or Variable that an error is about, if that is known. */
export function subjectOf(error: unknown): object | undefined {
  if (error instanceof NnxError) return error.subject;
  return typeof error === "object" && error !== null ? sites.get(error)?.subject : undefined;
}

/** Puts the path of the subject in front of the message. */
export function writePath(error: unknown, path: string): void {
  if (error instanceof NnxError) error.locate(path);
  else if (isError(error)) {
    const { subject, detail } = sites.get(error)!;
    rewriteMessage(error, `${path} (${subject.constructor.name}): ${detail}`);
  }
}

/** Whether `value` is an error of any realm, but no DOMException, whose properties belong to the one object. */
function isError(value: unknown): value is Error {
  return Object.prototype.toString.call(value) === "[object Error]";
}

/** Another error of the same class, so that `instanceof` holds, without running its constructor. */
function copyOf(original: Error): Error {
  const copy = new Error(original.message, { cause: original });
  Object.setPrototypeOf(copy, Object.getPrototypeOf(original) as object | null);
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(original))) {
    if (!["message", "stack", "cause"].includes(name)) Object.defineProperty(copy, name, descriptor);
  }
  if (original.stack !== undefined) copy.stack = original.stack;
  return copy;
}
