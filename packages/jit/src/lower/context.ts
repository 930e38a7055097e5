/** @file What a lowering works with: the steps made so far, and tensors as expressions of buffers. */
import type { Dtype } from "@nnx-js/nn/trace";
import {
  type Buffer,
  costOf,
  type Expr,
  type Lane,
  load,
  moved,
  parts,
  replaced,
  sizeOf,
} from "../expr/expr.ts";
import {
  byAxis,
  commonSizes,
  contiguous,
  isContiguous,
  type Move,
  product,
  type Segment,
  simplify,
} from "../expr/segments.ts";
import type { Reduction, Step, Store } from "../steps/step.ts";

/** A tensor while it is lowered: its elements in row-major order, computed where they are used. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  readonly expr: Expr;
}

/** A tensor whose elements lie in a buffer at regular distances. */
export interface Strided {
  readonly buffer: Buffer;
  readonly offset: number;
  /** In elements, one for each axis. */
  readonly strides: readonly number[];
}

/** Above this many operations and reads an expression is computed once and stored: it would not stay in registers. */
const LARGEST = 48;

/**
 * The most that an element may cost, in additions, to be computed again at each of its uses, rather than stored once and
 * read: the slower memory is than arithmetic, the more.
 */
export interface Again {
  /** Where no more than one buffer of about as many elements is read for it: what uses it needs no more memory. */
  readonly ofOne: number;
  /** Where several are. */
  readonly ofSeveral: number;
  /**
   * In the time in which an element is read or written, where none such is, as for random numbers: with `n` uses, what
   * is stored is written once and read `n` times, and what is not stored is computed `n - 1` times more. As `ofOne`
   * unless given.
   */
  readonly ofNone?: number | undefined;
}

const CHEAP: Again = { ofOne: 3, ofSeveral: 3 };

/** Buffers with fewer elements than one of so many stay in caches. */
const SMALL = 8;

/** Collects the steps of a program. */
export class Lowering {
  readonly steps: Step[] = [];
  #buffers = 0;
  /** What was stored already, by expression. */
  readonly #stored = new Map<Expr, Buffer>();
  readonly #again: Again;

  constructor(again = CHEAP) {
    this.#again = again;
  }

  /** A new buffer for `size` elements. */
  buffer(size: number, role: Buffer["role"] = { kind: "temporary" }): Buffer {
    return { id: this.#buffers++, size, role };
  }

  /** `tensor` after a layout operation. What cannot follow it is stored first. */
  move(tensor: Tensor, shape: readonly number[], move: Move): Tensor {
    const expr = moved(tensor.expr, move) ?? moved(this.store(tensor).expr, move);
    if (!expr) throw new Error("internal: the layout operation does not fit the shape of its input");
    return { shape, dtype: tensor.dtype, expr };
  }

  /** `tensor` with its elements in a buffer of their own, in order. */
  store(tensor: Tensor): Tensor {
    return { ...tensor, expr: load(this.bufferOf(tensor), tensor.expr.lane) };
  }

  /** `tensor`, stored if its elements would be computed wherever it is used. */
  held(tensor: Tensor): Tensor {
    return tensor.expr.kind === "apply" ? this.store(tensor) : tensor;
  }

  /** A buffer that holds the elements of `tensor`, and nothing else, in order. */
  bufferOf({ shape, expr }: Tensor): Buffer {
    const size = product(shape);
    if (expr.kind === "load" && expr.buffer.size === size && isContiguous(expr, size)) return expr.buffer;
    const known = this.#stored.get(expr);
    if (known?.size === size) return known;
    const buffer = this.buffer(size);
    this.map(size, { buffer, layout: contiguous(size), expr });
    this.#stored.set(expr, buffer);
    return buffer;
  }

  /** Adds a loop over `size` elements. */
  map(size: number, ...stores: readonly Store[]): void {
    if (size === 0) return;
    const layouts = stores.map(({ layout }) => layout.segments);
    const fitted = stores.map((store) => ({ ...store, expr: this.#fitted(store.expr, size, layouts) }));
    this.steps.push({ kind: "map", size, stores: fitted });
  }

  /** Adds loops over `kept` elements, and for each over `reduced` ones. */
  reduce(kept: number, reduced: number, { reducer, expr, buffer }: Reduction): void {
    const split = [contiguous(kept).segments.concat(contiguous(reduced).segments)];
    const fitted = this.#fitted(expr, kept * reduced, split);
    this.steps.push({ kind: "reduce", kept, reduced, reductions: [{ reducer, expr: fitted, buffer }] });
  }

  /** `expr` with all its reads, and `others`, walking over the same loops: those that cannot are copied before. */
  #fitted(expr: Expr, size: number, others: readonly (readonly Segment[])[]): Expr {
    const walks = [...others];
    for (const part of parts(expr)) if ("segments" in part) walks.push(part.segments);
    if (commonSizes(walks, size)) return expr;
    return replaced(expr, (part) => {
      if (!("segments" in part) || part.segments.length <= 1) return undefined;
      const dtype = part.lane === "f32" ? "float32" : part.lane === "i32" ? "int32" : "bool";
      return this.store({ shape: [size], dtype, expr: part }).expr;
    });
  }

  /** The elements of `tensor` where they are, if they lie at regular distances along each axis; else in a new buffer. */
  strided(tensor: Tensor): Strided {
    return stridesOf(tensor) ?? stridesOf(this.store(tensor))!;
  }

  /**
   * `tensor`, stored if computing it again at each of several uses, or as part of a larger expression, would cost
   * more than reading it.
   */
  settle(tensor: Tensor, uses: number): Tensor {
    const { expr } = tensor;
    if (expr.kind === "gather" && sizeOf(expr) > LARGEST) return this.store(tensor);
    if (expr.kind !== "apply") return tensor;
    if (
      sizeOf(expr) > LARGEST ||
      (uses > 1 && costOf(expr) > this.#mostAgain(tensor, uses) && !isSmallFunctionOfIndex(expr))
    ) {
      return this.store(tensor);
    }
    return tensor;
  }

  /** @param uses more than one */
  #mostAgain({ shape, expr }: Tensor, uses: number): number {
    const all = parts(expr);
    // They are read as memory happens to lie.
    if (all.some(({ kind }) => kind === "gather")) return CHEAP.ofOne;
    const least = product(shape) / SMALL;
    const large = all.flatMap((part) =>
      part.kind === "load" && part.buffer.size > least ? part.buffer : [],
    );
    const { ofOne, ofSeveral, ofNone } = this.#again;
    if (large.length === 0 && ofNone !== undefined) return (ofNone * (uses + 1)) / (uses - 1);
    return new Set(large).size <= 1 ? ofOne : ofSeveral;
  }
}

/** The lane in which elements of `dtype` are held. */
export function laneOfDtype(dtype: Dtype): Lane {
  return dtype === "float32" ? "f32" : dtype === "int32" ? "i32" : "bool";
}

/** Whether nothing is read: such an expression is cheap and keeps no buffer alive. */
function isSmallFunctionOfIndex(expr: Expr): boolean {
  for (const part of parts(expr)) if (part.kind === "load" || part.kind === "gather") return false;
  return costOf(expr) < 8;
}

/** Where the elements of `tensor` lie, if it is read from one buffer at one distance along each axis. */
function stridesOf({ shape, expr }: Tensor): Strided | undefined {
  if (expr.kind !== "load") return undefined;
  const groups = byAxis(expr.segments, shape);
  if (!groups) return undefined;
  const strides: number[] = [];
  for (const group of groups) {
    const [run, ...others] = simplify(group);
    // Routines walk forwards only.
    if (others.length > 0 || (run?.stride ?? 0) < 0) return undefined;
    strides.push(run?.stride ?? 0);
  }
  return { buffer: expr.buffer, offset: expr.offset, strides };
}
