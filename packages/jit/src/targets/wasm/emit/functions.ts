/** @file Operations that take more than an instruction. */
import { erf, erfInv, tanh } from "../math/error-function.ts";
import { cosh, exp, expm1, sigmoid, sinh } from "../math/exponential.ts";
import { acos, asin, atan, atan2 } from "../math/inverse-trigonometric.ts";
import { acosh, asinh, atanh, log, log1p, softplus } from "../math/logarithm.ts";
import { powInt } from "../math/integer-power.ts";
import { pow } from "../math/power.ts";
import { floorDiv, floorDivInt, mod, modInt } from "../math/remainder.ts";
import { toInt } from "../math/rounding.ts";
import { cos, sin, tan } from "../math/trigonometric.ts";
import type { VectorFunction } from "../math/vector-function.ts";
import type { OpName } from "../../../expr/operations.ts";
import type { EmitOperation } from "./operation.ts";
import { RANDOM } from "./random.ts";

const MATH: Readonly<Partial<Record<OpName, VectorFunction>>> = {
  "f32.acos": acos,
  "f32.acosh": acosh,
  "f32.asin": asin,
  "f32.asinh": asinh,
  "f32.atan": atan,
  "f32.atan2": atan2,
  "f32.atanh": atanh,
  "f32.cos": cos,
  "f32.cosh": cosh,
  "f32.erf": erf,
  "f32.erfInv": erfInv,
  "f32.exp": exp,
  "f32.expm1": expm1,
  "f32.log": log,
  "f32.log1p": log1p,
  "f32.floorDiv": floorDiv,
  "f32.mod": mod,
  "f32.pow": pow,
  "f32.sigmoid": sigmoid,
  "f32.sin": sin,
  "f32.sinh": sinh,
  "f32.softplus": softplus,
  "f32.tan": tan,
  "f32.tanh": tanh,
  "i32.floorDiv": floorDivInt,
  "i32.fromF32": toInt,
  "i32.mod": modInt,
  "i32.pow": powInt,
};

/** Those that long loops have in them: a call for each vector takes as long again. */
const IN_PLACE: ReadonlySet<OpName> = new Set(["f32.erf", "f32.exp", "f32.sigmoid", "f32.tanh"]);

/** The code of `op`, which is no single instruction. */
export function functionOf(op: OpName): EmitOperation {
  const math = MATH[op];
  if (math) {
    return ({ f, module, expr, push, lanes, isHot }) => {
      for (let i = 0; i < expr.args.length; i++) push(i);
      math(module, f, isHot && lanes === 4 && IN_PLACE.has(op));
    };
  }
  const random = RANDOM[op];
  if (!random) throw new Error(`internal: there is no code for ${op}`);
  return random;
}
