/** @file The code that computes expressions, at given places. */
import { type Buffer, type Expr, type Gather, type Lane, type Load, parts } from "../../../expr/expr.ts";
import { isContiguous, type Layout, product } from "../../../expr/segments.ts";
import type { TaskWriter } from "../task.ts";
import { constantCode } from "./constant.ts";
import { operationCode } from "./operations.ts";
import { type Term, termsOf } from "./places.ts";

/** A word of the heap as a value of its lane. */
function wordValue(word: string, lane: Lane): string {
  return lane === "bool" ? `${word} != 0u` : `bitcast<${lane}>(${word})`;
}

/** A value as an element of the heap. */
export function elementCode(value: string, lane: Lane): string {
  return lane === "bool" ? `select(0u, 1u, ${value})` : `bitcast<u32>(${value})`;
}

/**
 * A block of code that stands at a position along the first axes of those over which expressions go, and computes
 * what is determined there. Blocks inside of it, at a position along more axes, use what it has computed.
 *
 * ```ts
 * const row = Block.over(writer, [rows, columns]).inside("row"); // `row` is a name of type u32
 * row.prepare([expr]); // what is the same for the row
 * const element = row.inside("column");
 * element.store(buffer, layout, expr);
 * ```
 */
export class Block {
  readonly #writer: TaskWriter;
  readonly #sizes: readonly number[];
  /** Along the first axes: names or short expressions of type u32. */
  readonly #positions: readonly string[];
  readonly #parent: Block | undefined;
  readonly #lines: string[] = [];
  /** What has been computed here. */
  readonly #values = new Map<Expr, string>();
  readonly #known = new Map<Expr, boolean>();
  readonly #quotients = new Map<string, string>();
  /** What the loads of a buffer give, whatever lies in memory. */
  readonly #given = new Map<Buffer, string>();
  /** What has been stored here as a whole element of a buffer at its own place. */
  readonly #stored = new Map<Buffer, string>();
  /** Buffers that are given by blocks inside. */
  readonly #pending: ReadonlySet<Buffer>;

  private constructor(
    writer: TaskWriter,
    sizes: readonly number[],
    positions: readonly string[],
    pending: ReadonlySet<Buffer>,
    parent?: Block,
  ) {
    this.#writer = writer;
    this.#sizes = sizes;
    this.#positions = positions;
    this.#pending = pending;
    this.#parent = parent;
  }

  /**
   * The outermost block, at no position yet.
   *
   * @param sizes of the axes, from the outermost; an expression goes over their product
   * @param pending buffers whose loads will be values that are {@link give}n, not read
   */
  static over(writer: TaskWriter, sizes: readonly number[], pending: readonly Buffer[] = []): Block {
    return new Block(writer, sizes, [], new Set(pending));
  }

  /** A block inside of this one, at `positions` along the next axes. */
  inside(...positions: readonly string[]): Block {
    return new Block(this.#writer, this.#sizes, [...this.#positions, ...positions], this.#pending, this);
  }

  /** All loads of `buffer` give `value` here, and inside. */
  give(buffer: Buffer, value: string): void {
    this.#given.set(buffer, value);
  }

  /** The code so far. */
  get code(): string {
    return this.#lines.map((line) => `${line}\n`).join("");
  }

  /** Adds statements. */
  add(code: string): void {
    this.#lines.push(code.replace(/\n$/, ""));
  }

  /** Computes those parts of `exprs` that are determined here, so that blocks inside need not. */
  prepare(exprs: readonly Expr[]): void {
    const seen = new Set<Expr>();
    for (const expr of exprs) {
      for (const part of parts(expr, seen)) {
        if (part.kind !== "const" && this.#isKnown(part)) this.value(part);
      }
    }
  }

  /** The name of the value of `expr`, of type `f32`, `i32` or `bool`; or a literal. */
  value(expr: Expr): string {
    if (expr.kind === "const") return constantCode(this.#writer, expr);
    const found = this.#find((block) => block.#values.get(expr));
    if (found) return found;
    const code = this.#compute(expr);
    const name = this.#named("v", code);
    this.#values.set(expr, name);
    return name;
  }

  /** Stores `expr` at `layout` of `buffer`, and gives its value. */
  store(buffer: Buffer, layout: Layout, expr: Expr): string {
    const value = this.value(expr);
    this.storeValue(buffer, layout, value, expr.lane);
    return value;
  }

  /** Stores a value; loads of the same place that come later take it. */
  storeValue(buffer: Buffer, layout: Layout, value: string, lane: Lane): void {
    this.#lines.push(`heap[${this.place(buffer, layout)}] = ${elementCode(value, lane)};`);
    if (isContiguous(layout, buffer.size)) this.#stored.set(buffer, value);
  }

  /** Where the element of `layout` lies in the heap. */
  place(buffer: Buffer, layout: Layout, more: readonly string[] = []): string {
    return this.#sum([this.#writer.placeOf(buffer), ...more], layout.offset, layout);
  }

  #compute(expr: Exclude<Expr, { kind: "const" }>): string {
    switch (expr.kind) {
      case "apply":
        return this.#operation(expr);
      case "index":
        return `bitcast<i32>(${this.#sum([], expr.offset, expr)})`;
      case "gather":
        return this.#gather(expr);
      default:
        return this.#load(expr);
    }
  }

  #operation(expr: Extract<Expr, { kind: "apply" }>): string {
    const args = expr.args.map((arg) => this.value(arg));
    // What WGSL may compute at compile time, it refuses where that overflows.
    if (expr.args.every((arg) => arg.kind === "const")) args[0] = this.#named("c", args[0]!);
    return operationCode(this.#writer, expr, args);
  }

  #load(expr: Load): string {
    const given = this.#find((block) => block.#given.get(expr.buffer));
    if (given) return given;
    const stored = this.#find((block) => block.#stored.get(expr.buffer));
    if (stored && isContiguous(expr, expr.buffer.size)) return stored;
    return wordValue(`heap[${this.place(expr.buffer, expr)}]`, expr.lane);
  }

  #gather(expr: Gather): string {
    // Whatever the index is, nothing outside of the buffer is read.
    const index = `u32(clamp(${this.value(expr.index)}, 0i, ${expr.limit - 1}i))`;
    const step = expr.stride === 1 ? index : `${index} * ${expr.stride}u`;
    return wordValue(`heap[${this.place(expr.buffer, expr, [step])}]`, expr.lane);
  }

  /** The sum of `terms`, an offset and where a layout stands, modulo 2^32. */
  #sum(terms: readonly string[], offset: number, layout: Layout): string {
    const sum = [...terms];
    if (offset !== 0) sum.push(this.#writer.number(offset));
    for (const { quotient, factor } of this.#steps(layout)) {
      if (factor === 1) sum.push(quotient);
      else sum.push(`${quotient} * ${factor >>> 0}u`);
    }
    return sum.length === 0 ? "0u" : sum.join(" + ");
  }

  /** What {@link termsOf} says, the axes' positions in one where they cannot be told apart. */
  #steps(layout: Layout): { quotient: string; factor: number }[] {
    const terms = termsOf(layout, this.#sizes);
    if (terms) {
      return terms.map(({ axis, inner, factor }) => ({
        quotient: this.#quotient(this.#positions[axis] ?? missing(axis), inner),
        factor,
      }));
    }
    const all: readonly Term[] = termsOf(layout, [product(this.#sizes)]) ?? unlike(layout);
    return all.map(({ inner, factor }) => ({ quotient: this.#quotient(this.#flat(), inner), factor }));
  }

  /** The position along all axes in one. */
  #flat(): string {
    if (this.#positions.length < this.#sizes.length) missing(this.#positions.length);
    const known = this.#quotients.get("flat");
    if (known) return known;
    const code = this.#positions.reduce((sum, at, axis) => `(${sum}) * ${this.#sizes[axis]!}u + ${at}`);
    const name = this.#named("flat", code);
    this.#quotients.set("flat", name);
    return name;
  }

  #quotient(position: string, inner: number): string {
    if (inner === 1) return position;
    const code = `${position} / ${inner}u`;
    const found = this.#find((block) => block.#quotients.get(code));
    if (found) return found;
    const name = this.#named("q", code);
    this.#quotients.set(code, name);
    return name;
  }

  /** Whether all that `expr` is made of is determined where this block stands. */
  #isKnown(expr: Expr): boolean {
    let known = this.#known.get(expr);
    if (known === undefined) {
      known = this.#findKnown(expr);
      this.#known.set(expr, known);
    }
    return known;
  }

  #findKnown(expr: Expr): boolean {
    if (expr.kind === "const") return true;
    if (expr.kind === "apply") return expr.args.every((arg) => this.#isKnown(arg));
    if (expr.kind === "load" && this.#pending.has(expr.buffer)) {
      return this.#find((block) => block.#given.get(expr.buffer)) !== undefined;
    }
    if (expr.kind === "gather" && !this.#isKnown(expr.index)) return false;
    const depth = this.#positions.length;
    const terms = termsOf(expr, this.#sizes);
    return terms ? terms.every(({ axis }) => axis < depth) : depth === this.#sizes.length;
  }

  /** What `get` finds in this block, or in one around it. */
  #find(get: (block: Block) => string | undefined): string | undefined {
    return get(this) ?? (this.#parent && this.#parent.#find(get));
  }

  /** A name for the value of `code`. */
  #named(prefix: string, code: string): string {
    const name = this.#writer.name(prefix);
    this.#lines.push(`let ${name} = ${code};`);
    return name;
  }
}

function missing(axis: number): never {
  throw new Error(`internal: an expression depends on axis ${axis}, along which there is no position yet`);
}

function unlike({ segments }: Layout): never {
  throw new Error(`internal: runs of ${segments.map(({ size }) => size).join()} go over other elements`);
}
