/** @file Checks that tensors and options are what they have to be: callers without types. */
import type * as tf from "@tensorflow/tfjs-core";
import { classNameOf } from "./class-name.ts";
import { InvalidArgumentError } from "./errors.ts";
import { guesses } from "./near-miss.ts";

/** @throws InvalidArgumentError for what is no tensor, on behalf of `caller` */
export function assertTensor(x: unknown, caller: string, name = "a tensor"): asserts x is tf.Tensor {
  // The class's own test for instances goes through several properties.
  if (typeof x === "object" && x !== null && "dataId" in x) return;
  const repair = Array.isArray(x) ? " Write tf.tensor(values)." : "";
  throw new InvalidArgumentError(`${caller}: expected ${name}, got ${found(x)}.${repair}`);
}

/** @throws InvalidArgumentError for what is no object, on behalf of `caller` */
export function assertOptions(options: unknown, caller: string): asserts options is object {
  if (typeof options === "object" && options !== null) return;
  throw new InvalidArgumentError(
    `${caller}: expected an object of options, got ${found(options)}. Leave it out for the defaults.`,
  );
}

/** @throws InvalidArgumentError for no object, and for an option that is none of `known`, on behalf of `caller` */
export function assertKnownOptions(options: unknown, known: readonly string[], caller: string): void {
  assertOptions(options, caller);
  const unknown = Object.keys(options).filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  const [of, wanted] = [known.length === 1 ? "option" : "options", known.join(", ")];
  throw new InvalidArgumentError(
    [`${caller}: expected the ${of} ${wanted}, got ${unknown.join(", ")}.`, ...guesses(unknown, known)].join(
      " ",
    ),
  );
}

function found(value: unknown): string {
  if (Array.isArray(value)) return "an array";
  if (typeof value === "function") return `the function ${value.name}`.trim();
  if (typeof value === "object" && value !== null) return `an object of ${classNameOf(value)}`;
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
