/** @file The steps of a program: loops over expressions, and routines. */
import type { Buffer, Expr } from "../expr/expr.ts";
import type { Layout } from "../expr/segments.ts";
import type { RoutineSpec } from "./specs/routine-spec.ts";

/** Elements computed and put somewhere. */
export interface Store {
  readonly buffer: Buffer;
  /** Where each element goes. */
  readonly layout: Layout;
  readonly expr: Expr;
}

/** One loop over `size` elements that fills one or several buffers. */
export interface MapStep {
  readonly kind: "map";
  readonly size: number;
  readonly stores: readonly Store[];
}

/** How elements are put together by a reduction. */
export type Reducer = "sum" | "product" | "max" | "min" | "all" | "any";

/** One reduction of a loop. */
export interface Reduction {
  readonly reducer: Reducer;
  /** Over the kept elements, and for each of these over the reduced ones. */
  readonly expr: Expr;
  /** Holds `kept` elements. */
  readonly buffer: Buffer;
  /** Where the results of blocks lie until they are put together. Targets that fold in blocks make it for themselves. */
  readonly partials?: Buffer | undefined;
}

/** Loops over `kept` elements, and for each over `reduced` ones. */
export interface ReduceStep {
  readonly kind: "reduce";
  readonly kept: number;
  readonly reduced: number;
  readonly reductions: readonly Reduction[];
  /**
   * Reductions of the same elements over the kept ones instead: of rows and columns these are the columns. Their buffers
   * hold `reduced` elements. Targets that fold both at once make them for themselves.
   */
  readonly across?: readonly Reduction[] | undefined;
  /** What is stored on the way, of all elements: where one is kept, or where reductions go across. */
  readonly stores?: readonly Store[] | undefined;
}

/** Where an operand of a routine begins. */
interface Operand {
  readonly buffer: Buffer;
  /** In elements. */
  readonly offset: number;
}

/** A row-major result. */
export interface RoutineResult {
  readonly buffer: Buffer;
  /** Counted over batches. */
  readonly rows: number;
  readonly columns: number;
}

/** A step that is no loop over expressions. */
export interface RoutineStep {
  readonly kind: "routine";
  /** Such as `matmul 32x16x32`. */
  readonly label: string;
  /** In the order in which the routine takes their addresses. */
  readonly operands: readonly Operand[];
  /**
   * What elements of operands are computed from where they are needed, by the operands' numbers: expressions over the
   * operands' buffers, which then hold nothing. Made by targets for themselves.
   */
  readonly prologues?: ReadonlyMap<number, Expr> | undefined;
  readonly reads: readonly Buffer[];
  /** Written whole, but for a buffer that is read as well. */
  readonly writes: readonly Buffer[];
  /** What a loop over the elements may finish while the routine is at work, if the target can do that. */
  readonly result?: RoutineResult | undefined;
  /** That loop. It reads and writes each place on its own. */
  readonly finish?: MapStep | undefined;
  /** All that it is asked to do, beside the loop. */
  readonly spec: RoutineSpec;
}

/** A piece of a program; steps run one after the other. */
export type Step = MapStep | ReduceStep | RoutineStep;
