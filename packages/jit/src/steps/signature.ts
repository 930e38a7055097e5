/** @file What tells steps apart that do different things, wherever their buffers are. */
import { type Buffer, type Const, type Expr, parts } from "../expr/expr.ts";
import { exactText } from "../graph/exact-text.ts";
import { needsNumbers } from "../expr/operations.ts";
import type { Layout } from "../expr/segments.ts";
import { reductionsOf } from "./accesses.ts";
import type { MapStep, ReduceStep, RoutineStep, Step, Store } from "./step.ts";

/** What code can be given anew for each step: where a buffer, or a part of it, begins, or a number. */
export type Slot =
  | {
      readonly buffer: Buffer;
      /** In elements. */
      readonly offset: number;
    }
  | Const;

/** Steps with the same key differ in their slots only: the code of one does for the other with those exchanged. */
export interface Signature {
  readonly key: string;
  /** In the order in which the step names them. */
  readonly slots: readonly Slot[];
}

/**
 * The signature of `step`.
 *
 * @param isLoose whether numbers, and where in their buffers reads and writes begin, make no difference either
 */
export function signatureOf(step: Step, isLoose = false): Signature {
  const writer = new SignatureWriter(isLoose);
  writer.step(step);
  return { key: writer.words.join(" "), slots: writer.slots };
}

/** Of specs, which several signatures need. */
const specTexts = new WeakMap<RoutineStep["spec"], string>();

/** Goes over a step and numbers its slots. */
export class SignatureWriter {
  readonly words: (string | number)[] = [];
  readonly slots: Slot[] = [];
  readonly #isLoose: boolean;
  /** Of buffers, or of their parts by the offset of each. */
  readonly #bufferSlots = new Map<Buffer, number | Map<number, number>>();
  readonly #numberSlots = new Map<Const, number>();
  readonly #numbers = new Map<Expr, number>();
  readonly #seen = new Set<Expr>();
  /** Numbers that the code itself depends on. */
  readonly #fixed = new Set<Expr>();

  constructor(isLoose: boolean) {
    this.#isLoose = isLoose;
  }

  step(step: Step): void {
    switch (step.kind) {
      case "map":
        return this.#map(step);
      case "reduce":
        return this.#reduce(step);
      default:
        return this.#routine(step);
    }
  }

  /** The slot of what begins at `offset` of `buffer`. */
  slotOf(buffer: Buffer, offset: number): number {
    const known = this.#bufferSlots.get(buffer);
    if (typeof known === "number") return known;
    let slot = known?.get(offset);
    if (slot !== undefined) return slot;
    slot = this.slots.push({ buffer, offset: this.#isLoose ? offset : 0 }) - 1;
    if (known) known.set(offset, slot);
    else this.#bufferSlots.set(buffer, this.#isLoose ? new Map([[offset, slot]]) : slot);
    return slot;
  }

  /** The offset that is added to where a slot begins. */
  offsetIn(offset: number): number {
    return this.#isLoose ? 0 : offset;
  }

  /** The slot of a number; undefined for one that the code depends on. */
  number(expr: Const): number | undefined {
    if (!this.#isLoose || this.#fixed.has(expr)) return undefined;
    let slot = this.#numberSlots.get(expr);
    if (slot === undefined) this.#numberSlots.set(expr, (slot = this.slots.push(expr) - 1));
    return slot;
  }

  #map({ size, stores }: MapStep): void {
    this.words.push("map", size);
    this.#stores(stores);
  }

  #stores(stores: readonly Store[]): void {
    this.#fix(stores.map(({ expr }) => expr));
    for (const { buffer, layout, expr } of stores) {
      this.#expr(expr);
      this.#access(buffer, layout);
    }
  }

  #reduce(step: ReduceStep): void {
    const { kept, reduced, across = [], stores } = step;
    const reductions = reductionsOf(step);
    this.words.push("reduce", kept, reduced, across.length);
    this.#fix(reductions.map(({ expr }) => expr));
    for (const { reducer, expr, buffer, partials } of reductions) {
      this.#expr(expr);
      this.words.push(reducer);
      this.#buffer(buffer, 0);
      if (partials) this.#buffer(partials, 0);
    }
    if (!stores) return;
    this.words.push("stores");
    this.#stores(stores);
  }

  #routine({ spec, operands, result, finish }: RoutineStep): void {
    let text = specTexts.get(spec);
    if (text === undefined) specTexts.set(spec, (text = exactText(spec)));
    this.words.push(text);
    for (const { buffer, offset } of operands) this.#buffer(buffer, offset);
    if (!finish || !result) return;
    this.words.push(result.columns);
    this.#map(finish);
  }

  #fix(exprs: readonly Expr[]): void {
    if (!this.#isLoose) return;
    const seen = new Set<Expr>();
    for (const expr of exprs) {
      for (const part of parts(expr, seen)) {
        if (part.kind !== "apply" || !needsNumbers(part.op)) continue;
        for (const arg of part.args) if (arg.kind === "const") this.#fixed.add(arg);
      }
    }
  }

  /** What `expr` is made of, each part once, then the number of `expr` itself. */
  #expr(expr: Expr): void {
    for (const part of parts(expr, this.#seen)) {
      this.#part(part);
      this.#numbers.set(part, this.#numbers.size);
    }
    this.words.push(this.#numbers.get(expr)!);
  }

  #part(part: Expr): void {
    const { words } = this;
    words.push(part.kind, part.lane);
    switch (part.kind) {
      case "const": {
        const slot = this.number(part);
        if (slot !== undefined) words.push(`#${slot}`);
        else words.push(Object.is(part.value, -0) ? "-0" : part.value);
        return;
      }
      case "apply":
        words.push(part.op);
        for (const arg of part.args) words.push(this.#numbers.get(arg)!);
        return;
      case "index":
        this.#layout(part, part.offset);
        return;
      case "gather":
        words.push(this.#numbers.get(part.index)!, part.stride, part.limit);
        this.#access(part.buffer, part);
        return;
      default:
        this.#access(part.buffer, part);
    }
  }

  #access(buffer: Buffer, layout: Layout): void {
    this.#buffer(buffer, layout.offset);
    this.#layout(layout, this.offsetIn(layout.offset));
  }

  #buffer(buffer: Buffer, offset: number): void {
    this.words.push(`#${this.slotOf(buffer, offset)}`, buffer.size, `@${this.offsetIn(offset)}`);
  }

  #layout({ segments }: Layout, offset: number): void {
    this.words.push(`@${offset}`);
    for (const { size, stride } of segments) this.words.push(`${size}:${stride}`);
  }
}
