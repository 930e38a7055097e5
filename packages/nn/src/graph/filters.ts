/** @file The language that selects Variables and nodes. */
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError } from "../errors.ts";
import { describeFilter, named } from "./filter-names.ts";
import { type Key, type Path, PYTREE, VARIABLE } from "./kinds.ts";

/** Decides by path and value. */
export type Predicate = (path: Path, value: unknown) => boolean;

/** A predicate that says what type the selected values have; write your own as a type guard. */
export type TypePredicate<T> = (path: Path, value: unknown) => value is T;

/** A class whose instances a filter selects. */
// The parameters of a constructor are contravariant: `never` admits every class.
export type FilterClass<T extends object = object> = abstract new (...args: never[]) => T;

/**
 * Selects parts of a node:
 * - a class: its instances (`Param`, `Dropout`), subclasses included;
 * - a string: what has this `tag`;
 * - `true`: everything (Flax's `...`); `false` and `null`: nothing;
 * - a predicate `(path, value) => boolean`;
 * - an array: what any of its filters selects;
 * - {@link PathContains}, {@link PathIn}, {@link OfType}, {@link WithTag}, {@link All}, {@link Any}, {@link Not}.
 *
 * @see flax.nnx.filterlib
 */
export type Filter = FilterClass | string | boolean | null | Predicate | readonly Filter[];

/** The type of what a filter selects; `unknown` where it does not say. */
export type Selected<F> =
  F extends FilterClass<infer T>
    ? T
    : F extends TypePredicate<infer T>
      ? T
      : F extends readonly (infer G)[]
        ? Filter extends G
          ? unknown
          : Selected<G>
        : F extends false | null
          ? never
          : unknown;

/** A predicate that selects values of type `T`. */
export type PredicateOf<T> = unknown extends T ? Predicate : TypePredicate<T>;

/** The type of what all of several filters select. */
export type SelectedByAll<F extends readonly Filter[]> = F extends readonly [infer First, ...infer Rest]
  ? Selected<First> & (Rest extends readonly Filter[] ? SelectedByAll<Rest> : unknown)
  : unknown;

/** Selects instances of `type`. */
export function OfType<T extends object>(type: FilterClass<T>): TypePredicate<T> {
  if (typeof type !== "function") throw noFilter(type, "OfType: ");
  const isInstance = (_path: Path, value: unknown): value is T => value instanceof type;
  return named(isInstance, `OfType(${type.name})`, OfType, [type]);
}

/** Selects what has the attribute `tag` equal to `tag`: random streams and their state, tagged Variables. */
export function WithTag(tag: string): Predicate {
  const hasTag: Predicate = (_path, value) =>
    typeof value === "object" && value !== null && "tag" in value && value.tag === tag;
  return named(hasTag, `WithTag(${JSON.stringify(tag)})`, WithTag, [tag]);
}

/**
 * Selects what has `key` in its path; numbers and strings differ.
 *
 * @param options `exact: false` selects paths of which any key contains the text of `key`
 */
export function PathContains(key: Key, { exact = true }: { exact?: boolean | undefined } = {}): Predicate {
  const contains: Predicate = exact
    ? (path) => path.includes(key)
    : (path) => path.some((part) => String(part).includes(String(key)));
  const options = exact ? "" : ", { exact: false }";
  return named(contains, `PathContains(${JSON.stringify(key)}${options})`, PathContains, [key, exact]);
}

/** Selects what stands at one of `paths`; of what has several paths, any counts where the caller knows them all. */
export function PathIn(...paths: readonly Path[]): Predicate {
  for (const path of paths) {
    if (Array.isArray(path)) continue;
    throw new InvalidArgumentError(
      `PathIn: expected paths, arrays of names and indices, got ${String(path)}. Write PathIn(["layers", 0, "kernel"]).`,
    );
  }
  const wanted = new Set(paths.map((path) => JSON.stringify(path)));
  const copies = paths.map((path) => Object.freeze([...path]));
  return named(
    (path) => wanted.has(JSON.stringify(path)),
    `PathIn(${[...wanted].join(", ")})`,
    PathIn,
    copies,
  );
}

/** Selects what all `filters` select. */
export function All<const F extends readonly Filter[]>(...filters: F): PredicateOf<SelectedByAll<F>> {
  const predicates = filters.map(toPredicate);
  const all: Predicate = (path, value) => predicates.every((predicate) => predicate(path, value));
  // What all select has every type that one of them guards.
  return named(all, `All(${filters.map(describeFilter).join(", ")})`, All, predicates) as PredicateOf<
    SelectedByAll<F>
  >;
}

/** Selects what any of `filters` selects. */
export function Any<const F extends readonly Filter[]>(...filters: F): PredicateOf<Selected<F[number]>> {
  // What any selects has the type that this one guards.
  return anyOf(filters) as PredicateOf<Selected<F[number]>>;
}

function anyOf(filters: readonly Filter[]): Predicate {
  const predicates = filters.map(toPredicate);
  const any: Predicate = (path, value) => predicates.some((predicate) => predicate(path, value));
  return named(any, `Any(${filters.map(describeFilter).join(", ")})`, Any, predicates);
}

/** Selects what `filter` does not. */
export function Not(filter: Filter): Predicate {
  const predicate = toPredicate(filter);
  return named((path, value) => !predicate(path, value), `Not(${describeFilter(filter)})`, Not, [predicate]);
}

/** Selects everything. */
export function Everything(): Predicate {
  return named(() => true, "Everything()", Everything);
}

/** Selects nothing. */
export function Nothing(): Predicate {
  return named(() => false, "Nothing()", Nothing);
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
  if (typeof filter === "function") return predicateOf(filter);
  if (Array.isArray(filter)) return anyOf(filter as readonly Filter[]);
  throw noFilter(filter);
}

/** What functions and classes mean: training steps ask in each call. */
const predicates = new WeakMap<FilterClass | Predicate, Predicate>();

function predicateOf(filter: FilterClass | Predicate): Predicate {
  let predicate = predicates.get(filter);
  if (!predicate) predicates.set(filter, (predicate = isClass(filter) ? OfType(filter) : filter));
  return predicate;
}

function noFilter(filter: unknown, caller = ""): InvalidArgumentError {
  return new InvalidArgumentError(
    `${caller}Invalid filter: ${String(filter)}. A filter is a class (Param), a tag ("dropout"), true, false, null, ` +
      `a predicate (path, value) => boolean, or an array of filters.`,
  );
}

/** Whether the filter selects everything by construction: only the last of several may. */
export function isEverything(filter: Filter): boolean {
  return filter === true;
}
