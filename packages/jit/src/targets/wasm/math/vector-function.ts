/** @file How functions of vectors are defined once in a module and called. */
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { Local } from "../assembler/types.ts";
import { type Expression, Lanes } from "./lanes.ts";

/**
 * Emits the function's value: from the float32 vectors on the stack, in the order of its arguments, to one vector.
 *
 * Within 2 units in the last place of the exact value (erfInv excepted), over all float32, infinities and NaN as in
 * IEEE 754 and C. Long functions become one of the module that is called, unless `inPlace`; short ones are written in
 * place.
 */
export type VectorFunction = (module: ModuleBuilder, f: FunctionBuilder, inPlace?: boolean) => void;

/** What the body of a function computes with. */
export interface Context {
  readonly module: ModuleBuilder;
  readonly f: FunctionBuilder;
  /** float32 and int32 lanes; bits pass from one to the other freely. */
  readonly F: Lanes;
  readonly I: Lanes;
  /** Calls a function of one argument. */
  readonly call: (fn: VectorFunction, ...args: readonly (Local | Expression)[]) => Expression;
}

type Body = (context: Context, ...args: Local[]) => Expression;

/** A function that is defined in the module at its first use and called, or written where it is used. */
export function called(name: string, arity: 1 | 2, body: Body): VectorFunction {
  return (module, f, inPlace) => {
    if (inPlace) return writeInPlace(module, f, arity, body);
    const fn = module.once(`math ${name}`, () => {
      const params = Array.from({ length: arity }, () => "v128" as const);
      // Functions that this one calls are defined before its body is written.
      const builder = module.function(name, { params, results: ["v128"] });
      body(contextOf(module, builder), ...builder.params)();
      return builder.ref;
    });
    f.call(fn);
  };
}

/** A function that is written where it is used. */
export function inlined(arity: 1 | 2, body: Body): VectorFunction {
  return (module, f) => writeInPlace(module, f, arity, body);
}

function writeInPlace(module: ModuleBuilder, f: FunctionBuilder, arity: 1 | 2, body: Body): void {
  const args = f.locals("v128", arity);
  for (let i = args.length - 1; i >= 0; i--) f.set(args[i]!);
  const context = contextOf(module, f, true);
  body(context, ...args)();
  f.free(...args, ...context.F.kept, ...context.I.kept);
}

function contextOf(module: ModuleBuilder, f: FunctionBuilder, inPlace = false): Context {
  const F = new Lanes(f, "f32x4");
  return {
    module,
    f,
    F,
    I: new Lanes(f, "i32x4"),
    call:
      (fn, ...args) =>
      () => {
        for (const arg of args) F.put(arg);
        fn(module, f, inPlace);
      },
  };
}
