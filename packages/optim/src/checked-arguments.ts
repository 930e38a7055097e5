/** @file Checks of what transformations and schedules are made of: callers without types. */
import { guesses, InvalidArgumentError } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";

/** @throws InvalidArgumentError for what is no number, on behalf of `caller` */
export function assertNumber(value: unknown, name: string, caller: string): asserts value is number {
  if (typeof value === "number" && !Number.isNaN(value)) return;
  throw new InvalidArgumentError(`${caller}: expected a number for ${name}, got ${found(value)}.`);
}

/** @throws InvalidArgumentError for what is no positive integer, on behalf of `caller` */
export function assertCount(value: unknown, name: string, caller: string): asserts value is number {
  if (Number.isInteger(value) && Number(value) > 0) return;
  throw new InvalidArgumentError(
    `${caller}: expected a positive integer for ${name}, got ${found(value)}. Pass a number of updates, such as 3.`,
  );
}

/** @throws InvalidArgumentError for what is no function, on behalf of `caller` */
export function assertFunction(fn: unknown, caller: string, repair: string): void {
  if (typeof fn === "function") return;
  throw new InvalidArgumentError(`${caller}: expected a function, got ${found(fn)}. Write ${repair}.`);
}

/** @throws InvalidArgumentError for what is no array, on behalf of `caller` */
export function assertList(list: unknown, of: string, caller: string, repair: string): void {
  if (Array.isArray(list)) return;
  throw new InvalidArgumentError(
    `${caller}: expected an array of ${of}, got ${found(list)}. Write ${repair}.`,
  );
}

/**
 * @param known the names of all options, with the numbers that those that are numbers may be; leave it out where any
 *   name will do
 * @throws InvalidArgumentError for what is no object, for names that are not known, and for numbers that an option may
 *   not be, on behalf of `caller`
 */
export function assertOptions<O>(
  options: O,
  caller: string,
  known?: { readonly [Name in keyof O]-?: true | Range },
): void {
  if (typeof options !== "object" || options === null) {
    throw new InvalidArgumentError(
      `${caller}: expected an object of options, got ${found(options)}. Leave it out for the defaults.`,
    );
  }
  if (!known) return;
  const unknown = Object.keys(options).filter((name) => !Object.hasOwn(known, name));
  const names = Object.keys(known);
  if (unknown.length === 0) {
    for (const [name, value] of Object.entries(options)) {
      // Its own, so it is one of those that are known.
      const range = known[name as keyof O];
      if (range !== true && value !== undefined) assertInRange(value, range, name, caller);
    }
    return;
  }
  throw new InvalidArgumentError(
    [
      `${caller}: unknown option ${unknown.join(", ")}.`,
      ...guesses(unknown, names),
      `There are: ${names.join(", ")}.`,
    ].join(" "),
  );
}

/** Numbers that an argument may be. */
export interface Range {
  /** What is expected, such as `a number from 0 to 1`. */
  readonly expected: string;
  readonly holds: (value: number) => boolean;
  /** Whether a scalar tensor may hold the number, as `injectHyperparams` makes one. Its value is not looked at. */
  readonly takesTensors: boolean;
  /** Whether `null` stands for none. */
  readonly takesNull?: true;
  /** Whether a function gives the number. */
  readonly takesSchedules?: true;
}

/** @throws InvalidArgumentError for a value that is not in `range`, on behalf of `caller` */
export function assertInRange(value: unknown, range: Range, name: string, caller: string): void {
  if (typeof value === "number" ? range.holds(value) : value === null && range.takesNull) return;
  if (typeof value === "function" && range.takesSchedules) return;
  if (range.takesTensors && value instanceof tf.Tensor && value.rank === 0) return;
  const what = value instanceof tf.Tensor ? `a tensor [${value.shape.join(", ")}]` : found(value);
  throw new InvalidArgumentError(`${caller}: expected ${range.expected} for ${name}, got ${what}.`);
}

/** What was given, in words. */
export function found(value: unknown): string {
  if (Array.isArray(value)) return "an array";
  if (typeof value === "function") return `the function ${value.name}`.trim();
  if (typeof value === "object" && value !== null) return `a ${value.constructor?.name ?? "plain object"}`;
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
