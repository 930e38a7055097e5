/** @file What the functions of all steps have in common. */
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { ModuleBuilder, Signature } from "../assembler/module-builder.ts";
import type { FunctionRef, Local } from "../assembler/types.ts";
import { type Buffer, type Expr, parts } from "../../../expr/expr.ts";
import type { Layout } from "../../../expr/segments.ts";
import { Bases, type Place, type Placement } from "./addresses.ts";

/** A step as code: `fn(scratch, begin, end)` does its units `[begin, end)`, in any order and on any thread. */
export interface StepCode {
  readonly fn: FunctionRef;
  readonly units: number;
  /** Bytes that each thread needs for itself. */
  readonly scratchBytes: number;
  /** Roughly, in floating-point operations. */
  readonly work: number;
  /** What has to be done when all units are, by one thread or several. */
  readonly finish?: Omit<StepCode, "operands"> | undefined;
  /** What code that several steps share finds in the list of operands; empty for one that has its own. */
  readonly operands: readonly Operand[];
  /**
   * What its units are, if they are chains of codes that run one after the other, or blocks of the only chain: the list
   * of operands names these.
   */
  readonly chains?: readonly (readonly StepCode[])[] | undefined;
  /** How many of its units make a block, for a code that is run block by block. */
  readonly blockUnits?: number | undefined;
}

/** What lies `offset` bytes behind a place. */
export interface Operand {
  readonly place: Place;
  readonly offset: number;
}

/** What functions of steps take and give. */
export const STEP_SIGNATURE = { params: ["i32", "i32", "i32"], results: [] } as const satisfies Signature;

/** The parameters of a step's function. */
export interface StepParameters {
  readonly scratch: Local;
  readonly begin: Local;
  readonly end: Local;
}

/** Defines the function of a step. */
export function stepFunction(
  module: ModuleBuilder,
  name: string,
  body: (f: FunctionBuilder, parameters: StepParameters) => void,
): FunctionRef {
  const f = module.procedure(name, 3);
  const [scratch, begin, end] = f.params;
  body(f, { scratch, begin, end });
  return f.ref;
}

/** The bases of the buffers that `exprs` and `buffers` name, loaded at this point. */
export function basesFor(
  f: FunctionBuilder,
  placement: Placement,
  exprs: readonly Expr[],
  buffers: readonly Buffer[],
): Bases {
  const bases = new Bases(f, placement);
  const named = new Set(buffers);
  const seen = new Set<Expr>();
  for (const expr of exprs) {
    for (const part of parts(expr, seen)) if ("buffer" in part) named.add(part.buffer);
  }
  bases.prepare(named);
  return bases;
}

/** The layouts that `exprs` are read by. */
export function layoutsOf(exprs: readonly Expr[]): Layout[] {
  const seen = new Set<Expr>();
  return exprs.flatMap((expr) => parts(expr, seen).filter((part) => "segments" in part));
}
