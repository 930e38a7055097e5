/** @file What tells steps apart that do different things, wherever their buffers are. */
import { type Buffer, type Expr, parts } from "../expr/expr.ts";
import type { Layout } from "../expr/segments.ts";
import type { MapStep, ReduceStep, RoutineStep, Step } from "./step.ts";

/** Steps with the same key differ in their buffers only: the code of one does for the other with `buffers` exchanged. */
export interface Signature {
  readonly key: string;
  /** All that the step names, in the order in which it does. */
  readonly buffers: readonly Buffer[];
}

/** The signature of `step`; undefined for a routine that does not say what its code depends on. */
export function signatureOf(step: Step): Signature | undefined {
  const writer = new SignatureWriter();
  switch (step.kind) {
    case "map":
      writer.map(step);
      break;
    case "reduce":
      writer.reduce(step);
      break;
    default:
      if (!step.spec) return undefined;
      writer.routine(step, step.spec);
  }
  return { key: writer.words.join(" "), buffers: [...writer.buffers.keys()] };
}

class SignatureWriter {
  readonly words: (string | number)[] = [];
  /** Each with its number. */
  readonly buffers = new Map<Buffer, number>();
  private readonly numbers = new Map<Expr, number>();
  private readonly seen = new Set<Expr>();

  map({ size, stores }: MapStep): void {
    this.words.push("map", size);
    for (const { buffer, layout, expr } of stores) {
      this.expr(expr);
      this.buffer(buffer);
      this.layout(layout);
    }
  }

  reduce({ kept, reduced, reductions }: ReduceStep): void {
    this.words.push("reduce", kept, reduced);
    for (const { reducer, expr, buffer } of reductions) {
      this.expr(expr);
      this.words.push(reducer);
      this.buffer(buffer);
    }
  }

  routine({ label, operands, result, finish }: RoutineStep, spec: object): void {
    this.words.push(label, JSON.stringify(spec));
    for (const { buffer, offset } of operands) {
      this.buffer(buffer);
      this.words.push(offset);
    }
    if (!finish || !result) return;
    this.words.push(result.columns);
    this.map(finish);
  }

  /** What `expr` is made of, each part once, then the number of `expr` itself. */
  private expr(expr: Expr): void {
    for (const part of parts(expr, this.seen)) {
      this.part(part);
      this.numbers.set(part, this.numbers.size);
    }
    this.words.push(this.numbers.get(expr)!);
  }

  private part(part: Expr): void {
    const { words } = this;
    words.push(part.kind, part.lane);
    switch (part.kind) {
      case "const":
        words.push(Object.is(part.value, -0) ? "-0" : part.value);
        return;
      case "apply":
        words.push(part.op);
        for (const arg of part.args) words.push(this.numbers.get(arg)!);
        return;
      case "gather":
        words.push(this.numbers.get(part.index)!, part.stride, part.limit);
    }
    if (part.kind !== "index") this.buffer(part.buffer);
    this.layout(part);
  }

  private buffer(buffer: Buffer): void {
    let number = this.buffers.get(buffer);
    if (number === undefined) this.buffers.set(buffer, (number = this.buffers.size));
    this.words.push(`#${number}`, buffer.size);
  }

  private layout({ offset, segments }: Layout): void {
    this.words.push(`@${offset}`);
    for (const { size, stride } of segments) this.words.push(`${size}:${stride}`);
  }
}
