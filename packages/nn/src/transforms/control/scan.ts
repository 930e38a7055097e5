/** @file Loops over slices that carry something from turn to turn. */
import { InvalidArgumentError } from "../../errors.ts";
import { assertFunction } from "../../function-argument.ts";
import type { Filter } from "../../graph/filters.ts";
import { atBoundary } from "../../module/boundary.ts";
import { activeTrace } from "../../trace/trace-backend.ts";
import { guesses } from "../../near-miss.ts";
import { scanEagerly } from "./scan-eager.ts";
import { isModuleClass, type ModuleClass } from "../batching/module-class.ts";
import type { Carried, Returned } from "./returned.ts";
import { type ScanClassOptions, scannedClass, type ScanModules, type StackedClass } from "./scanned-class.ts";
import type { Loop } from "./scan-loop.ts";
import { scanTraced } from "./scan-traced.ts";
import { lengthOf, type Sliced, slicesOf, type Stacked } from "./slices.ts";
import { describe, treeOf } from "./tree.ts";
import { turnsAtOnce } from "./unrolling.ts";

/** Options of {@link scan}. */
export interface ScanOptions {
  /** The number of turns; needed only where `xs` holds no sequence. */
  readonly length?: number | undefined;
  /** Whether the last slices come first. What the turns give stays in the order of the slices. Default false. */
  readonly reverse?: boolean | undefined;
  /**
   * How many turns are compiled as one, `true` for all: code that is longer and has fewer turns. Makes no difference to
   * what is computed. Default 1.
   */
  readonly unroll?: number | boolean | undefined;
  /**
   * Variables of Modules in `xs` that have no axis: all turns share them, and what one writes the next one reads. A
   * filter, such as `[BatchStat, RngState]`. Default none.
   */
  readonly shared?: Filter | undefined;
}

const OPTIONS = ["length", "reverse", "unroll", "shared"];

/**
 * Runs `fn(carry, x)` for each slice `x` of `xs` along the first axis; `fn` answers `[next carry, y]`. Gives
 * `[last carry, ys]`, where `ys` are the `y`s of all turns, stacked along a new first axis.
 *
 * Carry, `xs` and `y` are tensors, or arrays, `Map`s and plain objects of tensors, and States. What is carried keeps its structure,
 * shapes and dtypes. Modules, Variables and random streams may be closed over or be part of the carry: what one turn
 * writes, the next one reads, so that batch statistics move and streams draw new keys. A Module in `xs` has Variables
 * with an axis more, and in each turn holds slices of them: a stack of layers, one for each turn.
 *
 * Eagerly this is a loop. Within a compiled function `fn` is traced and compiled once, however long the sequences are, and
 * so is its gradient, a loop the other way round.
 *
 * ```ts
 * const [last, sums] = scan((sum: tf.Tensor, x: tf.Tensor) => [tf.add(sum, x), tf.add(sum, x)], tf.scalar(0), xs);
 * ```
 *
 * @throws GraphStructureError, ShapeMismatchError, DtypeError for a carry or results that change; ShapeMismatchError for
 *   sequences of different lengths; MissingArgumentError where nothing says how many turns there are
 * @see jax.lax.scan, flax.nnx.scan
 */
export function scan<C extends Carried, X extends Carried, Y>(
  fn: (carry: C, x: Sliced<X>) => readonly [carry: Returned<C>, y: Y],
  init: C,
  xs: X,
  options?: ScanOptions,
): [carry: C, ys: Stacked<Y>];
/**
 * Of a class of Modules, a class whose instances are stacks of layers, made with random keys of their own: their
 * Variables have an axis for the layers, and `forward` is a loop over these. Its first argument is what is carried from
 * layer to layer, so that what a layer gives has the shape of what it takes; the others are the same for all.
 *
 * ```ts
 * const Blocks = scan(Block, { length: 48 });
 * const blocks = new Blocks(64, { rngs }); // kernels are [48, 64, 64]
 * blocks.forward(x); // within a compiled function one block is compiled, not 48
 * ```
 *
 * @throws InvalidArgumentError for options that do not fit; its `forward` as the loop does
 * @see flax.nnx.scan
 */
export function scan<C extends ModuleClass>(
  Class: C,
  options: ScanClassOptions & { readonly hasAux: true },
): StackedClass<C>;
export function scan<C extends ModuleClass>(Class: C, options: ScanClassOptions): C;
export function scan(
  fn: ModuleClass | ((carry: never, x: never) => readonly [unknown, unknown]),
  ...rest: readonly unknown[]
): unknown {
  // What stands behind the first argument is what the signature of its kind says.
  if (isModuleClass(fn)) return scannedClass(fn, rest[0] as ScanClassOptions, scanAs as ScanModules);
  assertFunction(fn, "scan", "scan((carry, x) => [carry, y], init, xs)");
  const [init, xs, options] = rest as [Carried, Carried, ScanOptions?];
  return scanAs(`scan(${fn.name || "anonymous"})`, fn as Parameters<typeof scanAs>[1], init, xs, options);
}

/** {@link scan} for what errors call `caller`. */
export function scanAs<C extends Carried, X extends Carried, Y>(
  caller: string,
  fn: (carry: C, x: Sliced<X>) => readonly [carry: Returned<C>, y: Y],
  init: C,
  xs: X,
  options: ScanOptions = {},
): [carry: C, ys: Stacked<Y>] {
  assertOptions(options, caller);
  const { reverse = false, unroll = 1, shared = null } = options;
  return atBoundary([init, xs], () => {
    const slices = slicesOf(xs, caller, shared);
    const length = lengthOf(slices, options.length, caller);
    const loop: Loop = {
      // What the function takes is what the trees are rebuilt to.
      fn: fn as (carry: unknown, x: unknown) => unknown,
      carry: treeOf(init, `${caller}: the carry`),
      slices,
      length,
      reverse,
      unroll: turnsAtOnce(unroll),
      caller,
      name: fn.name || "anonymous",
    };
    const isUnrolled = length > 0 && (!activeTrace() || loop.unroll >= length);
    const result = isUnrolled ? scanEagerly(loop) : scanTraced(loop);
    // The trees are rebuilt with tensors in the places of tensors.
    return result as [C, Stacked<Y>];
  });
}

function assertOptions(options: ScanOptions, caller: string): void {
  if (typeof options !== "object" || (options as unknown) === null) {
    throw new InvalidArgumentError(
      `${caller}: expected an object of options, found ${describe(options)}. Write { length: 8, reverse: true }.`,
    );
  }
  const unknown = Object.keys(options).filter((name) => !OPTIONS.includes(name));
  if (unknown.length > 0) {
    throw new InvalidArgumentError(
      [`${caller}: expected the options ${OPTIONS.join(", ")}, found ${unknown.join(", ")}.`, ...guesses(unknown, OPTIONS)].join(" "), // prettier-ignore
    );
  }
  const { reverse = false, unroll = 1 } = options;
  if (typeof reverse !== "boolean") {
    throw new InvalidArgumentError(
      `${caller}: expected true or false for reverse, found ${describe(reverse)}. Write { reverse: true }.`,
    );
  }
  if (typeof unroll === "boolean" || (Number.isInteger(unroll) && unroll > 0)) return;
  throw new InvalidArgumentError(
    `${caller}: expected a positive number of turns, true or false for unroll, found ${String(unroll)}. Write { unroll: 4 }.`,
  );
}
