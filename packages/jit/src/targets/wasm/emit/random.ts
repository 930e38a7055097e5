/** @file Random bits by threefry, and numbers from bits as JAX makes them. */
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import { erfInv } from "../math/error-function.ts";
import { log, log1p } from "../math/logarithm.ts";
import { emitThreefry, keySchedule } from "../math/threefry.ts";
import type { Local } from "../assembler/types.ts";
import { type Apply, constant, type Expr } from "../../../expr/expr.ts";
import { apply } from "../../../expr/operations.ts";
import type { EmitOperation, Operation } from "./operation.ts";

const i32 = (value: number) => constant(value, "i32");

const operands = new WeakMap<Apply, readonly Expr[]>();

/** What the code of `expr` takes: its arguments, and instead of a key the schedule of it, which loops around may have made. */
export function operandsOf(expr: Apply): readonly Expr[] {
  if (!expr.op.startsWith("threefry.")) return expr.args;
  let found = operands.get(expr);
  if (!found) {
    const [key0, key1, count] = expr.args as readonly [Expr, Expr, Expr];
    const schedule = keySchedule<Expr>(
      key0,
      key1,
      (a, b) => apply("i32.xor", a, typeof b === "number" ? i32(b) : b),
      (a, b) => apply("i32.add", a, i32(b)),
    );
    operands.set(expr, (found = [...schedule, count]));
  }
  return found;
}

/** Encrypts counts, each for four lanes at a time. */
function threefry({ f, expr, push }: Operation, finish: (x: Local, y: Local) => void): void {
  const locals = operandsOf(expr).map((_, operand) => {
    push(operand);
    const local = f.local("v128");
    f.set(local);
    return local;
  });
  emitThreefry(f, locals, locals.at(-1)!, finish);
  f.free(...locals);
}

/** The value of a constant argument: only operations that `needsNumbers` tells may ask. */
function constantOf({ args }: Apply, argument: number): number {
  const expr = args[argument];
  if (expr?.kind !== "const") throw new Error("internal: expected a constant");
  return expr.value;
}

/** Pushes the upper 23 of 32 bits, argument 0, as int32. */
function pushMantissa({ f, push }: Operation): void {
  push(0);
  f.i32(9).op("i32x4.shr_u");
}

/** Pushes a number of [0, 1): a multiple of 2^-23. */
function pushUnit(operation: Operation): void {
  pushMantissa(operation);
  operation.f
    .op("f32x4.convert_i32x4_s")
    .f32x4(2 ** -23)
    .op("f32x4.mul");
}

/** The product and the sum are rounded once, together, as JAX's compiled code does: float64 holds both exactly enough. */
const uniform: EmitOperation = (operation) => {
  const { f, expr } = operation;
  const low = constantOf(expr, 1);
  const span = Math.fround(constantOf(expr, 2) - low);
  const mantissa = f.local("v128");
  const half = () => {
    f.op("f64x2.convert_low_i32x4_s")
      .f64x2(span * 2 ** -23)
      .op("f64x2.mul");
    f.f64x2(low).op("f64x2.add").op("f32x4.demote_f64x2_zero");
  };
  pushMantissa(operation);
  f.tee(mantissa);
  half();
  f.get(mantissa).get(mantissa).shuffle32(2, 3, 2, 3);
  half();
  f.shuffle32(0, 1, 4, 5).f32x4(low).op("f32x4.max");
  f.free(mantissa);
};

/** An integer of [min, max) from two draws. */
const integers: EmitOperation = ({ f, expr, push, lanes }) => {
  const [min, max] = [constantOf(expr, 2), constantOf(expr, 3)];
  const span = (max - min) >>> 0;
  const rest = span === 0 ? 65_536 : 65_536 % span;
  const square = Math.imul(rest, rest) >>> 0;
  const multiplier = span === 0 ? square : square % span;
  const [high, low, result] = f.locals("v128", 3);
  push(0);
  f.set(high);
  push(1);
  f.set(low);
  f.i32x4(0).set(result);
  for (let lane = 0; lane < lanes; lane++) {
    f.get(result);
    f.get(high).lane("i32x4.extract_lane", lane);
    pushRemainder(f, span);
    f.i32(multiplier | 0).op("i32.mul");
    f.get(low).lane("i32x4.extract_lane", lane);
    pushRemainder(f, span);
    f.op("i32.add");
    pushRemainder(f, span);
    f.plus(min).lane("i32x4.replace_lane", lane).set(result);
  }
  f.get(result);
  f.free(high, low, result);
};

/** The word on the stack modulo `span`, which stands for 2^32 if it is 0. */
function pushRemainder(f: FunctionBuilder, span: number): void {
  if (span !== 0) f.i32(span | 0).op("i32.rem_u");
}

/** Pushes a number of (-1, 1), as JAX's `uniform(nextafter(-1, 0), 1)` gives it; exact in float32. */
function pushSymmetric(operation: Operation): void {
  pushMantissa(operation);
  operation.f
    .op("f32x4.convert_i32x4_s")
    .f32x4(2 ** -22)
    .op("f32x4.mul")
    .f32x4(1 - 2 ** -24)
    .op("f32x4.sub");
}

/** The smallest normal float32. */
const TINY = 2 ** -126;

/** Pushes a number of (0, 1), as JAX's `uniform(tiny, 1)` gives it: the smallest float for 0. */
function pushPositive(operation: Operation): void {
  pushUnit(operation);
  operation.f.f32x4(TINY).op("f32x4.max");
}

/** The standard normal number of a uniform one of (-1, 1), on the stack. */
function toNormal({ f, module }: Operation): void {
  erfInv(module, f);
  f.f32x4(Math.fround(Math.SQRT2)).op("f32x4.mul");
}

/** Clipped to the bounds, arguments 3 and 4, between which the uniform number, by arguments 1 and 2, should lie. */
const truncatedNormal: EmitOperation = (operation) => {
  uniform(operation);
  toNormal(operation);
  const { f, expr } = operation;
  f.f32x4(constantOf(expr, 3)).op("f32x4.max").f32x4(constantOf(expr, 4)).op("f32x4.min");
};

const laplace: EmitOperation = (operation) => {
  const { f, module } = operation;
  const u = f.local("v128");
  pushSymmetric(operation);
  f.tee(u).op("f32x4.abs").op("f32x4.neg");
  log1p(module, f);
  // The sign of u, and of the logarithm, which is negative.
  f.op("f32x4.abs")
    .op("f32x4.neg")
    .get(u)
    .i32x4(-(2 ** 31))
    .op("v128.and")
    .op("v128.xor");
  f.free(u);
};

const logistic: EmitOperation = (operation) => {
  const { f, module } = operation;
  const u = f.local("v128");
  pushPositive(operation);
  f.tee(u).f32x4(1).get(u).op("f32x4.sub").op("f32x4.div");
  log(module, f);
  f.free(u);
};

/** Bits, and numbers from bits, by the names of the operations. */
export const RANDOM: Readonly<Record<string, EmitOperation>> = {
  "threefry.bits": (operation) => threefry(operation, (x, y) => operation.f.get(x).get(y).op("v128.xor")),
  "threefry.first": (operation) => threefry(operation, (x) => operation.f.get(x)),
  "threefry.second": (operation) => threefry(operation, (_, y) => operation.f.get(y)),
  "random.uniform": uniform,
  // A multiple of 2^-23 is below p where the multiple is below that of p: exact, and without a conversion.
  "random.bernoulli": (operation) => {
    pushMantissa(operation);
    operation.f
      .i32x4(Math.ceil(Math.min(Math.fround(constantOf(operation.expr, 1)), 1) * 2 ** 23))
      .op("i32x4.lt_s");
  },
  "random.exponential": (operation) => {
    pushUnit(operation);
    operation.f.op("f32x4.neg");
    log1p(operation.module, operation.f);
    operation.f.op("f32x4.neg");
  },
  "random.gumbel": (operation) => {
    pushPositive(operation);
    log(operation.module, operation.f);
    operation.f.op("f32x4.neg");
    log(operation.module, operation.f);
    operation.f.op("f32x4.neg");
  },
  "random.laplace": laplace,
  "random.logistic": logistic,
  "random.normal": (operation) => {
    pushSymmetric(operation);
    toNormal(operation);
  },
  "random.randint": integers,
  "random.truncatedNormal": truncatedNormal,
};
