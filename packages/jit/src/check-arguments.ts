/** @file What `jit` is given from plain JavaScript, where no compiler checks it. */
import { guesses } from "@nnx-js/nn";
import { JitArgumentError } from "./errors.ts";
import type { JitOptions } from "./jit.ts";
import { TARGET_NAMES } from "./targets/table.ts";

type Check = readonly [expected: string, holds: (value: unknown) => boolean];

/** What each option has to be. */
const CHECKS: Readonly<Record<keyof JitOptions, Check>> = {
  name: ["a string", (value) => typeof value === "string"],
  target: oneOf(...TARGET_NAMES),
  fallback: oneOf("kernels"),
  matmulPrecision: oneOf("float32", "float16"),
  maxPrograms: [
    "a whole number from 1",
    (value) => value === Infinity || (Number.isInteger(value) && Number(value) > 0),
  ],
};

function oneOf(...names: readonly string[]): Check {
  return [
    names.map((name) => `"${name}"`).join(" or "),
    (value) => (names as readonly unknown[]).includes(value),
  ];
}

/**
 * Checks what `jit` was called with.
 *
 * @throws JitArgumentError for what is no function, and for an option that there is not or that has a wrong value
 */
export function checkJitArguments(fn: unknown, options: unknown): void {
  if (typeof fn !== "function") {
    const repair = isModule(fn) ? "jit((model, x) => model.forward(x))" : "jit((x) => tf.square(x))";
    throw new JitArgumentError(undefined, `expected a function, found ${named(fn)}. Write ${repair}.`);
  }
  const name = fn.name || "anonymous";
  if (typeof options !== "object" || options === null) {
    throw new JitArgumentError(
      name,
      `expected an object of options, found ${named(options)}. Write jit(fn, { fallback: "kernels" }).`,
    );
  }
  for (const [option, value] of Object.entries(options)) {
    const check = Object.hasOwn(CHECKS, option) ? CHECKS[option as keyof JitOptions] : undefined;
    if (!check) {
      const known = Object.keys(CHECKS);
      const guess = guesses([option], known).map((question) => ` ${question}`);
      throw new JitArgumentError(
        name,
        `expected the options ${known.join(", ")}, found ${option}.${guess.join("")}`,
      );
    }
    const [expected, holds] = check;
    if (value === undefined || holds(value)) continue;
    const guess = typeof value === "string" ? guesses([value], expected.match(/\w{3,}/g) ?? []) : [];
    throw new JitArgumentError(
      name,
      `expected ${expected} for the option ${option}, found ${named(value)}. ` +
        (guess.length > 0 ? guess.join("") : "Leave it out for the default."),
    );
  }
}

function isModule(value: unknown): boolean {
  return typeof value === "object" && value !== null && "forward" in value;
}

function named(value: unknown): string {
  if (typeof value === "string") return `"${value}"`;
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" && value !== null
    ? `a ${value.constructor?.name ?? "plain object"}`
    : String(value);
}
