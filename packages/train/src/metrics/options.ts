/** @file Checks of what metrics are made of: callers without types. */
import { InvalidArgumentError } from "@nnx-js/nn";
import { checkNames } from "../data/options.ts";

/** @throws InvalidArgumentError for what is no object of options `known`, and for a threshold that is no number */
export function assertMetricOptions(
  options: unknown,
  known: readonly string[],
  caller: string,
): asserts options is object {
  checkNames(caller, options, known, `new ${caller}({ ${known[0]!}: … })`);
  const { threshold } = options as { threshold?: unknown };
  if (threshold === undefined || (typeof threshold === "number" && !Number.isNaN(threshold))) return;
  throw new InvalidArgumentError(
    `${caller}: expected a number for threshold, got ${found(threshold)}. Write { threshold: 0 }.`,
  );
}

/** @throws InvalidArgumentError for what is none of `values` */
export function assertOneOf(value: unknown, values: readonly string[], name: string, caller: string): void {
  if (values.includes(value as string)) return;
  throw new InvalidArgumentError(
    `${caller}: expected ${values.map((one) => JSON.stringify(one)).join(", ")} for ${name}, got ${found(value)}.`,
  );
}

/** @throws InvalidArgumentError for what is no integer from `least` on */
export function assertCount(value: unknown, least: number, name: string, caller: string): void {
  if (typeof value === "number" && Number.isInteger(value) && value >= least) return;
  throw new InvalidArgumentError(
    `${caller}: expected an integer from ${least} on for ${name}, got ${found(value)}.`,
  );
}

/** What was given, in words. */
function found(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  return typeof value === "number" ? String(value) : value === null ? "null" : typeof value;
}
