/** @file The code of all steps: those that do the same in different places have it once. */
import type { ModuleBuilder } from "../../assembler/module-builder.ts";
import type { FunctionRef, GlobalRef } from "../../assembler/types.ts";
import type { Buffer } from "../expr/expr.ts";
import { type Signature, signatureOf } from "../steps/signature.ts";
import type { Step } from "../steps/step.ts";
import { type Placement, pushAddress } from "./addresses.ts";
import { emitMap } from "./map.ts";
import { emitReduce } from "./reduce.ts";
import { emitRoutine } from "./routine.ts";
import { stepFunction, type StepCode } from "./step-function.ts";

/**
 * Emits the functions of `steps`. Code that several share takes the addresses of its buffers from global variables,
 * which each of them sets before; threads have globals of their own.
 */
export function emitSteps(
  module: ModuleBuilder,
  name: string,
  steps: readonly Step[],
  placement: Placement,
): StepCode[] {
  const signatures = steps.map(signatureOf);
  const counts = new Map<string, number>();
  for (const signature of signatures)
    if (signature) counts.set(signature.key, (counts.get(signature.key) ?? 0) + 1);
  const addresses: GlobalRef[] = [];
  const codes = new Map<string, StepCode>();
  return steps.map((step, i) => {
    const label = `${name}:${i} ${step.kind}`;
    const signature = signatures[i];
    if (!signature || counts.get(signature.key) === 1) return emitStep(module, label, step, placement);
    const { key, buffers } = signature;
    while (addresses.length < buffers.length) addresses.push(module.global("i32"));
    let code = codes.get(key);
    if (!code) {
      code = emitStep(module, `${label} and others`, step, inGlobals(signature, addresses));
      codes.set(key, code);
    }
    return { ...code, fn: emitCall(module, label, code.fn, { buffers, addresses, placement }) };
  });
}

function emitStep(module: ModuleBuilder, name: string, step: Step, placement: Placement): StepCode {
  switch (step.kind) {
    case "map":
      return emitMap(module, name, step, placement);
    case "reduce":
      return emitReduce(module, name, step, placement);
    default:
      return emitRoutine(module, name, step, placement);
  }
}

function inGlobals({ buffers }: Signature, addresses: readonly GlobalRef[]): Placement {
  const places = new Map(buffers.map((buffer, i) => [buffer, { global: addresses[i]! }]));
  return { placeOf: (buffer) => places.get(buffer)!, table: 0 };
}

interface Call {
  readonly buffers: readonly Buffer[];
  readonly addresses: readonly GlobalRef[];
  readonly placement: Placement;
}

function emitCall(
  module: ModuleBuilder,
  name: string,
  shared: FunctionRef,
  { buffers, addresses, placement }: Call,
): FunctionRef {
  return stepFunction(module, name, (f, { scratch, begin, end }) => {
    for (const [i, buffer] of buffers.entries()) {
      pushAddress(f, placement, buffer);
      f.setGlobal(addresses[i]!);
    }
    f.get(scratch).get(begin).get(end).call(shared);
  });
}
