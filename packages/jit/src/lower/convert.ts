/** @file Elements from one lane to another, and tensors made of expressions. */
import type { Dtype } from "@nnx-js/nn/trace";
import { ne } from "../expr/arithmetic.ts";
import { constant, type Expr, type Lane } from "../expr/expr.ts";
import { apply, type OpName } from "../expr/operations.ts";
import { laneOfDtype, type Lowering, type Tensor } from "./context.ts";
import { broadcastTo } from "./moves.ts";

/** `expr` as elements of `lane`: as `tf.cast` does it. */
export function toLane(expr: Expr, lane: Lane): Expr {
  if (expr.lane === lane) return expr;
  if (lane === "f32") return apply(expr.lane === "i32" ? "f32.fromI32" : "f32.fromBool", expr);
  if (lane === "i32") return apply(expr.lane === "f32" ? "i32.fromF32" : "i32.fromBool", expr);
  return ne(expr, 0);
}

/** The number `value` in every element. */
export function filled(shape: readonly number[], dtype: Dtype, value: number): Tensor {
  return { shape, dtype, expr: constant(value, laneOfDtype(dtype)) };
}

/** `op` on tensors that are broadcast to `shape` and brought to `lane`. */
export function pointwise(
  lowering: Lowering,
  op: OpName,
  lane: Lane,
  tensors: readonly Tensor[],
  { shape, dtype }: { shape: readonly number[]; dtype: Dtype },
): Tensor {
  const args = tensors.map((tensor) => toLane(broadcastTo(lowering, tensor, shape).expr, lane));
  return { shape, dtype, expr: toLane(apply(op, ...args), laneOfDtype(dtype)) };
}

/** `tensor` with other elements at the same places. */
export function mapped(tensor: Tensor, dtype: Dtype, f: (expr: Expr) => Expr): Tensor {
  return { shape: tensor.shape, dtype, expr: toLane(f(tensor.expr), laneOfDtype(dtype)) };
}

/** `tensor` as elements of `dtype`: as `tf.cast` does it. */
export function converted(tensor: Tensor, dtype: Dtype): Tensor {
  return mapped(tensor, dtype, (expr) => expr);
}
