/** @file Divisions of integers, for which there are no vector instructions. */
import type { FunctionBuilder } from "../../assembler/function-builder.ts";
import type { Local } from "../../assembler/types.ts";
import type { EmitOperation, Operation } from "./operation.ts";

/** Of integers, by the names of the operations. */
export const INTEGERS: Readonly<Record<string, EmitOperation>> = {
  "i32.floorDiv": (operation) => eachLane(operation, (a, b) => pushFloorDiv(operation.f, a, b)),
  "i32.mod": (operation) => eachLane(operation, (a, b) => pushMod(operation.f, a, b)),
};

/** Computes an int32 from two for each lane that counts. */
function eachLane({ f, push, lanes }: Operation, compute: (a: Local, b: Local) => void): void {
  const [x, y, result] = [f.local("v128"), f.local("v128"), f.local("v128")];
  const [a, b] = [f.local("i32"), f.local("i32")];
  push(0);
  f.set(x);
  push(1);
  f.set(y);
  f.i32x4(0).set(result);
  for (let lane = 0; lane < lanes; lane++) {
    f.get(x).lane("i32x4.extract_lane", lane).set(a);
    f.get(y).lane("i32x4.extract_lane", lane).set(b);
    f.get(result);
    compute(a, b);
    f.lane("i32x4.replace_lane", lane).set(result);
  }
  f.get(result);
  f.free(x, y, result, a, b);
}

/** Pushes `floor(a / b)`; 0 where b is 0. WebAssembly traps on both exceptions of its division. */
function pushFloorDiv(f: FunctionBuilder, a: Local, b: Local): void {
  guarded(f, b, () => {
    f.get(b)
      .i32(-1)
      .op("i32.eq")
      .if(
        () => f.i32(0).get(a).op("i32.sub"),
        () => {
          // One less where the signs differ and something is left.
          f.get(a).get(b).op("i32.div_s");
          f.get(a).get(b).op("i32.rem_s").i32(0).op("i32.ne");
          f.get(a).get(b).op("i32.xor").i32(31).op("i32.shr_u").op("i32.and").op("i32.sub");
        },
        "i32",
      );
  });
}

/** Pushes the rest of that, which has the sign of b. */
function pushMod(f: FunctionBuilder, a: Local, b: Local): void {
  guarded(f, b, () => {
    const rest = f.local("i32");
    f.get(b)
      .i32(-1)
      .op("i32.eq")
      .if(
        () => f.i32(0),
        () => f.get(a).get(b).op("i32.rem_s"),
        "i32",
      )
      .set(rest);
    f.get(rest).get(b).op("i32.add").get(rest);
    f.get(rest).i32(0).op("i32.ne").get(rest).get(b).op("i32.xor").i32(31).op("i32.shr_u").op("i32.and");
    f.op("select");
    f.free(rest);
  });
}

function guarded(f: FunctionBuilder, divisor: Local, compute: () => void): void {
  f.get(divisor)
    .op("i32.eqz")
    .if(() => f.i32(0), compute, "i32");
}
