/** @file Checks of options, for callers without types: each error says where, what was expected, and what was found. */
import { guesses, InvalidArgumentError } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";

/** @throws InvalidArgumentError for what is no object, and for names that are not known */
export function checkNames(
  caller: string,
  options: unknown,
  known: readonly string[],
  repair: string,
): asserts options is object {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new InvalidArgumentError(`${caller}: expected options, got ${found(options)}. Write ${repair}.`);
  }
  const unknown = Object.keys(options).filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new InvalidArgumentError(
    [
      `${caller}: unknown option ${unknown.join(", ")}.`,
      ...guesses(unknown, known),
      `There are: ${known.join(", ")}.`,
    ].join(" "),
  );
}

/** @throws InvalidArgumentError for what is no integer of at least `least` */
export function checkCount(
  caller: string,
  name: string,
  value: unknown,
  least: number,
  { isRequired = false }: { isRequired?: boolean } = {},
): void {
  if (value === undefined && !isRequired) return;
  if (Number.isSafeInteger(value) && Number(value) >= least) return;
  fail(caller, name, `an integer of at least ${least}`, value, `{ ${name}: ${Math.max(least, 2)} }`);
}

/** What a number has to be. */
export interface NumberRange {
  /** The least that is allowed; any unless given. */
  readonly least?: number;
  readonly allowsNaN?: boolean;
  readonly allowsInfinity?: boolean;
}

/** @throws InvalidArgumentError for what is no number, is less than `least`, NaN or infinite */
export function checkNumber(
  caller: string,
  name: string,
  value: unknown,
  { least = -Infinity, allowsNaN = false, allowsInfinity = false }: NumberRange = {},
): void {
  if (value === undefined) return;
  if (typeof value === "number") {
    if (Number.isNaN(value) ? allowsNaN : value >= least && (allowsInfinity || Number.isFinite(value)))
      return;
  }
  const kind = allowsInfinity ? "a number" : "a finite number";
  fail(caller, name, least === -Infinity ? kind : `${kind} of at least ${least}`, value);
}

/** @throws InvalidArgumentError for what is none of `values` */
export function checkOneOf(caller: string, name: string, value: unknown, values: readonly string[]): void {
  if (value === undefined || values.includes(value as string)) return;
  fail(caller, name, values.map((one) => JSON.stringify(one)).join(" or "), value);
}

/** @throws InvalidArgumentError for what is neither true nor false */
export function checkFlag(caller: string, name: string, value: unknown): void {
  if (value === undefined || typeof value === "boolean") return;
  fail(caller, name, "true or false", value);
}

/** @throws InvalidArgumentError for what is no text */
export function checkText(caller: string, name: string, value: unknown): void {
  if (value === undefined || typeof value === "string") return;
  fail(caller, name, "a text", value);
}

/** @throws InvalidArgumentError for what is no function */
export function checkFunction(caller: string, name: string, value: unknown): void {
  if (value === undefined || typeof value === "function") return;
  fail(caller, name, "a function", value);
}

function fail(caller: string, name: string, expected: string, value: unknown, repair?: string): never {
  throw new InvalidArgumentError(
    `${caller}: ${name}: expected ${expected}, got ${found(value)}.${repair ? ` Write ${repair}.` : ""}`,
  );
}

/** What was given, in a few words. */
export function found(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (value instanceof tf.Tensor) return "a tensor";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return "a function";
  if (typeof value === "object") return `a ${value.constructor?.name ?? "plain object"}`;
  const isPlain = typeof value === "number" || typeof value === "boolean";
  return isPlain ? `the ${typeof value} ${value}` : `a ${typeof value}`;
}
