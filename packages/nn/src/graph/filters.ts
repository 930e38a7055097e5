/** @file The language that selects Variables and nodes. */
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError } from "../errors.ts";
import { type Key, type Path, PYTREE, VARIABLE } from "./kinds.ts";

/** Decides by path and value. */
export type Predicate = (path: Path, value: unknown) => boolean;

/** A class whose instances a filter selects. */
// The parameters of a constructor are contravariant: `never` admits every class.
export type FilterClass = abstract new (...args: never[]) => object;

/**
 * Selects parts of a node:
 * - a class: its instances (`Param`, `Dropout`), subclasses included;
 * - a string: what has this `tag`;
 * - `true`: everything (Flax's `...`); `false` and `null`: nothing;
 * - a predicate `(path, value) => boolean`;
 * - an array: what any of its filters selects;
 * - {@link PathContains}, {@link OfType}, {@link WithTag}, {@link All}, {@link Any}, {@link Not}.
 *
 * @see flax.nnx.filterlib
 */
export type Filter = FilterClass | string | boolean | null | Predicate | readonly Filter[];

/** Selects instances of `type`. */
export function OfType(type: FilterClass): Predicate {
  return (_path, value) => value instanceof type;
}

/** Selects what has the attribute `tag` equal to `tag`: random streams and their state, tagged Variables. */
export function WithTag(tag: string): Predicate {
  return (_path, value) => typeof value === "object" && value !== null && "tag" in value && value.tag === tag;
}

/**
 * Selects what has `key` in its path; numbers and strings differ.
 *
 * @param options `exact: false` selects paths of which any key contains the text of `key`
 */
export function PathContains(key: Key, { exact = true }: { exact?: boolean | undefined } = {}): Predicate {
  if (exact) return (path) => path.includes(key);
  return (path) => path.some((part) => String(part).includes(String(key)));
}

/** Selects what all `filters` select. */
export function All(...filters: Filter[]): Predicate {
  const predicates = filters.map(toPredicate);
  return (path, value) => predicates.every((predicate) => predicate(path, value));
}

/** Selects what any of `filters` selects. */
export function Any(...filters: Filter[]): Predicate {
  const predicates = filters.map(toPredicate);
  return (path, value) => predicates.some((predicate) => predicate(path, value));
}

/** Selects what `filter` does not. */
export function Not(filter: Filter): Predicate {
  const predicate = toPredicate(filter);
  return (path, value) => !predicate(path, value);
}

/** Selects everything. */
export function Everything(): Predicate {
  return () => true;
}

/** Selects nothing. */
export function Nothing(): Predicate {
  return () => false;
}

/** Whether a function is a class: one of ours, a tensor's, one written with `class`, or a built-in one. */
function isClass(filter: FilterClass | Predicate): filter is FilterClass {
  const prototype: unknown = filter.prototype;
  if (typeof prototype !== "object" || prototype === null) return false;
  return (
    PYTREE in prototype ||
    VARIABLE in prototype ||
    prototype === tf.Tensor.prototype ||
    /^class\b|\[native code\]/.test(Function.prototype.toString.call(filter))
  );
}

/**
 * The predicate that a filter means.
 *
 * @throws InvalidArgumentError for what is no filter
 */
export function toPredicate(filter: Filter): Predicate {
  if (filter === true) return Everything();
  if (filter === false || filter === null) return Nothing();
  if (typeof filter === "string") return WithTag(filter);
  if (typeof filter === "function") return isClass(filter) ? OfType(filter) : filter;
  if (Array.isArray(filter)) return Any(...(filter as readonly Filter[]));
  throw new InvalidArgumentError(
    `Invalid filter: ${String(filter)}. A filter is a class (Param), a tag ("dropout"), true, false, null, ` +
      `a predicate (path, value) => boolean, or an array of filters.`,
  );
}

/** Whether the filter selects everything by construction: only the last of several may. */
export function isEverything(filter: Filter): boolean {
  return filter === true;
}
