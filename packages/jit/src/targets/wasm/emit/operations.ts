/** @file The instructions of each operation, on vectors. */
import { takesSecondOfEqual } from "../assembler/features.ts";
import type { FunctionBuilder, Opcode } from "../assembler/function-builder.ts";
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import { pushExtreme } from "../math/extreme.ts";
import type { Apply } from "../../../expr/expr.ts";
import type { OpName } from "../../../expr/operations.ts";
import type { Lanes } from "./expression.ts";
import { functionOf } from "./functions.ts";

/** Operations that are one instruction. */
const INSTRUCTIONS: Readonly<Partial<Record<OpName, Opcode>>> = {
  "f32.neg": "f32x4.neg",
  "f32.abs": "f32x4.abs",
  "f32.ceil": "f32x4.ceil",
  "f32.floor": "f32x4.floor",
  "f32.round": "f32x4.nearest",
  "f32.trunc": "f32x4.trunc",
  "f32.sqrt": "f32x4.sqrt",
  "f32.add": "f32x4.add",
  "f32.sub": "f32x4.sub",
  "f32.mul": "f32x4.mul",
  "f32.div": "f32x4.div",
  "f32.min": "f32x4.min",
  "f32.max": "f32x4.max",
  "f32.eq": "f32x4.eq",
  "f32.ne": "f32x4.ne",
  "f32.lt": "f32x4.lt",
  "f32.le": "f32x4.le",
  "i32.neg": "i32x4.neg",
  "i32.abs": "i32x4.abs",
  "i32.add": "i32x4.add",
  "i32.sub": "i32x4.sub",
  "i32.mul": "i32x4.mul",
  "i32.min": "i32x4.min_s",
  "i32.max": "i32x4.max_s",
  "i32.and": "v128.and",
  "i32.xor": "v128.xor",
  "i32.eq": "i32x4.eq",
  "i32.ne": "i32x4.ne",
  "i32.lt": "i32x4.lt_s",
  "i32.le": "i32x4.le_s",
  "bool.and": "v128.and",
  "bool.or": "v128.or",
  "bool.xor": "v128.xor",
  "bool.not": "v128.not",
  "f32.fromI32": "f32x4.convert_i32x4_s",
  "i32.fromBool": "i32x4.neg",
};

/** Emits the operation of `expr`; `push(i)` pushes its argument i, `isHot` says whether it is in a long loop. */
export function emitOperation(
  f: FunctionBuilder,
  module: ModuleBuilder,
  expr: Apply,
  push: (argument: number) => void,
  lanes: Lanes,
  isHot: boolean,
): void {
  const { op } = expr;
  const limit = limitOf(expr);
  if (limit !== undefined) {
    push(1 - limit);
    push(limit);
    f.op(op === "f32.min" ? "f32x4.pmin" : "f32x4.pmax");
    return;
  }
  if ((op === "f32.min" || op === "f32.max") && takesSecondOfEqual()) {
    const operands = f.locals("v128", 2);
    for (const [argument, operand] of operands.entries()) {
      push(argument);
      f.set(operand);
    }
    pushExtreme(f, op === "f32.min" ? "min" : "max", ...operands);
    f.free(...operands);
    return;
  }
  const instruction = INSTRUCTIONS[op];
  if (instruction) {
    push(0);
    if (expr.args.length > 1) push(1);
    f.op(instruction);
    return;
  }
  switch (op) {
    case "f32.fromBool":
      push(0);
      f.f32x4(1).op("v128.and");
      return;
    case "f32.select":
    case "i32.select":
    case "bool.select":
      push(1);
      push(2);
      push(0);
      f.op("v128.bitselect");
      return;
    default:
      functionOf(op)({ f, module, expr, push, lanes, isHot });
  }
}

/**
 * Which argument of a minimum or maximum is a number that is neither NaN nor 0: then comparing is enough, which is one
 * instruction of the processor, where others must look for NaN and the sign of 0.
 */
function limitOf({ op, args }: Apply): number | undefined {
  if (op !== "f32.min" && op !== "f32.max") return undefined;
  const at = args.findIndex((arg) => arg.kind === "const" && Math.abs(arg.value) > 0);
  return at < 0 ? undefined : at;
}
