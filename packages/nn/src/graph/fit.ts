/** @file How leaves that are given differ from those of a node: all differences, in one error. */
import type * as tf from "@tensorflow/tfjs-core";
import { describeArray } from "../display/describe.ts";
import { DtypeError, GraphStructureError, type NnxError, ShapeMismatchError } from "../errors.ts";
import { guesses, listed } from "../near-miss.ts";
import { formatPath, type Path } from "./kinds.ts";

/** Shape and dtype. */
export interface ArrayType {
  readonly shape: readonly number[];
  readonly dtype: tf.DataType;
}

/** What does not fit. */
export interface Differences {
  /** Paths that the node does not have. */
  readonly unknown: Path[];
  /** Sentences about paths that lead to a node instead of a leaf, below a leaf, or to a setting. */
  readonly misplaced: string[];
  /** Leaves of the node that are not given. */
  readonly missing: Path[];
  /** Sentences about leaves of another shape. */
  readonly shapes: string[];
  /** Sentences about leaves of another dtype. */
  readonly dtypes: string[];
}

/** No differences yet. */
export function noDifferences(): Differences {
  return { unknown: [], misplaced: [], missing: [], shapes: [], dtypes: [] };
}

/** Notes how `found` differs from what is `expected` at `path`. */
export function compareTypes(path: Path, expected: ArrayType, found: ArrayType, into: Differences): void {
  const sameShape = expected.shape.join() === found.shape.join();
  if (sameShape && expected.dtype === found.dtype) return;
  const text = `${formatPath(path)}: expected ${describeArray(expected)}, got ${describeArray(found)}`;
  (sameShape ? into.dtypes : into.shapes).push(text);
}

/** What an error about differences says around them. */
export interface Wording {
  /** What was called, and what was expected. */
  readonly head: string;
  /** What to do. */
  readonly repair: string;
  /** The paths of the node, for near misses. */
  readonly known: readonly Path[];
}

/**
 * @throws GraphStructureError, ShapeMismatchError or DtypeError when there are differences: the first that names all
 */
export function assertNone(differences: Differences, wording: () => Wording): void {
  const { unknown, misplaced, missing, shapes, dtypes } = differences;
  if ([unknown, misplaced, missing, shapes, dtypes].every(({ length }) => length === 0)) return;
  const { head, repair, known } = wording();
  const names = unknown.map(formatPath);
  const text = [
    head,
    ...sentences("Missing", missing.map(formatPath)),
    ...sentences("Not in the model", names),
    ...guesses(names.slice(0, 20), known.map(formatPath)),
    ...misplaced,
    ...sentences("Of another shape", shapes, "; "),
    ...sentences("Of another dtype", dtypes, "; "),
    repair,
  ].join(" ");
  throw errorFor(differences, text);
}

function errorFor({ unknown, misplaced, missing, shapes }: Differences, text: string): NnxError {
  if (unknown.length + misplaced.length + missing.length > 0) return new GraphStructureError(text);
  return shapes.length > 0 ? new ShapeMismatchError(text) : new DtypeError(text);
}

function sentences(head: string, items: readonly string[], separator = ", "): string[] {
  return items.length === 0 ? [] : [`${head}: ${listed(items, separator)}.`];
}
