/** @file The code that runs chains of steps: a unit is a chain. */
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { FunctionRef, GlobalRef } from "../assembler/types.ts";
import { CHAIN, STEP } from "./script.ts";
import { STEP_SIGNATURE, stepFunction, type StepCode } from "./step-function.ts";

/** Emits the function that runs chains: its operands are a list of where their scripts begin and end. */
export function emitChains(module: ModuleBuilder, operands: GlobalRef): FunctionRef {
  const type = module.typeOf(STEP_SIGNATURE);
  return stepFunction(module, "chains", (f, { scratch, begin, end }) => {
    const [list, chain, step, last] = f.locals("i32", 4) as [
      typeof begin,
      typeof begin,
      typeof begin,
      typeof begin,
    ];
    f.getGlobal(operands).set(list);
    f.forRange(chain, begin, end, 1, () => {
      const load = (offset: number) =>
        f.get(list).get(chain).i32(CHAIN.bytes).op("i32.mul").op("i32.add").memory("i32.load", offset);
      load(CHAIN.begin).set(step);
      load(CHAIN.end).set(last);
      f.forRange(step, step, last, STEP.bytes, () => {
        const word = (offset: number) => f.get(step).memory("i32.load", offset);
        word(STEP.operands).setGlobal(operands);
        f.get(scratch).i32(0);
        word(STEP.units);
        word(STEP.code).callIndirect(type);
      });
    });
  });
}

/** Chains of codes as the code of one step, for which a thread needs so much scratch memory. */
export function chainsCode(
  fn: FunctionRef,
  chains: readonly (readonly StepCode[])[],
  scratchBytes: number,
): StepCode {
  const codes = chains.flat();
  return {
    fn,
    units: chains.length,
    scratchBytes,
    work: codes.reduce((sum, { work }) => sum + work, 0),
    operands: [],
    chains,
  };
}
