/** @file All that routines are asked to do, as data: each target has code of its own for it. */
import type { CondSpec, ScanSpec, WhileSpec } from "./control.ts";
import type { ConvolutionSpec, DepthwiseSpec } from "./convolution.ts";
import type { Int8ProductSpec } from "./int8.ts";
import type { MatmulSpec } from "./matmul.ts";
import type { ArgExtremeSpec, CumulativeSpec, PermutationSpec, TopKSpec } from "./ordering.ts";
import type { PoolingSpec } from "./pooling.ts";
import type { ScatterSpec } from "./scatter.ts";

/** What is said of a routine of each kind. Operands are contiguous unless a spec has strides, results come last. */
interface RoutineSpecs {
  /** Of a tensor; the int32 indices `[outer, inner]`. The first of equal elements counts, NaN before all. */
  readonly "arg extreme": ArgExtremeSpec;
  /** Of x, filter; y. */
  readonly convolution: ConvolutionSpec;
  /** Of x, dy; the gradient for the filter. */
  readonly "convolution filter gradient": ConvolutionSpec;
  /** Of dy, filter; the gradient for x. */
  readonly "convolution input gradient": ConvolutionSpec;
  readonly cond: CondSpec;
  /** Of a tensor; its sums or products. */
  readonly cumulative: CumulativeSpec;
  /** Of x, filter; y. */
  readonly "depthwise convolution": DepthwiseSpec;
  /** Of x, dy; the gradient for the filter. */
  readonly "depthwise filter gradient": DepthwiseSpec;
  /** Of dy, filter; the gradient for x. */
  readonly "depthwise input gradient": DepthwiseSpec;
  /**
   * Of an int32 exponent; the float32 power of `base`, rounded to float32 before and after only: optimisers subtract
   * powers that are nearly 1 from 1.
   */
  readonly "integer power": { readonly base: number };
  /** Of x, words; their product. */
  readonly "int8 product": Int8ProductSpec;
  /** Of a, b; their product. */
  readonly matmul: MatmulSpec;
  /** Of x; the maximum of each window, NaN if it has one. */
  readonly "max pooling": PoolingSpec;
  /**
   * Of dy, x; the gradient for x, float32. It goes to the first of the largest elements of a window; NaN and the lowest
   * number are not found.
   */
  readonly "max pooling gradient": PoolingSpec;
  /** Of x; the mean of those elements of a window that are in the image. */
  readonly "mean pooling": PoolingSpec;
  /** Of dy; the gradient for x. */
  readonly "mean pooling gradient": PoolingSpec;
  /**
   * Of the two words of a threefry key, and of elements if it gathers; these, or the numbers from 0 on, in the order
   * that JAX's `random.permutation` draws: each round draws a key for the next one and one for its words, and sorts by
   * these; equal words keep their order.
   */
  readonly permutation: PermutationSpec;
  readonly scan: ScanSpec;
  /**
   * Of updates `[rows, inner]` and int32 indices `[rows]`; the table `[limit, inner]` that they are put into, which has
   * elements already. Indices outside of `[0, limit)` are left out.
   */
  readonly scatter: ScatterSpec;
  /** Of a tensor; the values `[rows, k]`, largest first, of equal ones that with the lower index first, and these indices. */
  readonly "top k": TopKSpec;
  readonly while: WhileSpec;
}

/** The names of all kinds of routines. */
export type RoutineKind = keyof RoutineSpecs;

/** What a routine is asked to do: of one kind, of some, or of any. */
export type RoutineSpec<Kind extends RoutineKind = RoutineKind> = {
  [K in Kind]: RoutineSpecs[K] & { readonly kind: K };
}[Kind];

/** Loops and branches: routines that run programs. */
export type ControlKind = "cond" | "scan" | "while";

/** All other kinds of routines. */
export type PlainKind = Exclude<RoutineKind, ControlKind>;

/** Whether it is a loop or a branch. */
export function isControl(spec: RoutineSpec): spec is RoutineSpec<ControlKind> {
  return spec.kind === "cond" || spec.kind === "scan" || spec.kind === "while";
}
