/** @file Arithmetic on expressions, as people write it: `add(mul(x, 2), y)`. */
import { constant, type Expr, type Lane } from "./expr.ts";
import { apply, type OpName } from "./operations.ts";

/** An expression, or a number of the lane that the others have. */
type Operand = Expr | number;

/** One of them is no number. */
type Two = readonly [Expr, Operand] | readonly [Operand, Expr];

/** What an operation does, without the type that it works on. */
type Name = OpName extends infer Op ? (Op extends `${Lane}.${infer Rest}` ? Rest : never) : never;

/** The operation `name` of the lane of the operands. */
function operation(name: Name, operands: readonly Operand[], others: readonly Expr[] = []): Expr {
  const { lane } = operands.find((operand) => typeof operand !== "number")!;
  const args = operands.map((operand) => (typeof operand === "number" ? constant(operand, lane) : operand));
  // A lane has all that is asked of it, or there is a mistake in what asks.
  return apply(`${lane}.${name}` as OpName, ...others, ...args);
}

const ofOne = (name: Name) => (x: Expr) => operation(name, [x]);
const ofTwo =
  (name: Name) =>
  (...operands: Two) =>
    operation(name, operands);

export const abs = ofOne("abs");
export const ceil = ofOne("ceil");
export const exp = ofOne("exp");
export const expm1 = ofOne("expm1");
export const floor = ofOne("floor");
export const log = ofOne("log");
export const neg = ofOne("neg");
export const not = ofOne("not");
export const round = ofOne("round");
export const sqrt = ofOne("sqrt");

export const add = ofTwo("add");
export const and = ofTwo("and");
export const div = ofTwo("div");
export const eq = ofTwo("eq");
export const le = ofTwo("le");
export const lt = ofTwo("lt");
export const max = ofTwo("max");
export const min = ofTwo("min");
export const mul = ofTwo("mul");
export const ne = ofTwo("ne");
export const pow = ofTwo("pow");
export const sub = ofTwo("sub");

/** The first where `condition` holds, and the second elsewhere. */
export function select(condition: Expr, ...values: Two): Expr {
  return operation("select", values, [condition]);
}
