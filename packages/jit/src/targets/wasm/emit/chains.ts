/** @file The code that runs chains of steps: a unit is a chain. */
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { FunctionRef } from "../assembler/types.ts";
import { keptPart, NOTHING } from "../routines/kept.ts";
import type { Current } from "./addresses.ts";
import { CHAIN, STEP } from "./script.ts";
import { STEP_SIGNATURE, stepFunction, type StepCode } from "./step-function.ts";

/** Emits the function that runs chains: its operands are a list of where their scripts begin and end. */
export function emitChains(module: ModuleBuilder, { operands }: Current): FunctionRef {
  const type = module.typeOf(STEP_SIGNATURE);
  return stepFunction(module, "chains", (f, { scratch, begin, end }) => {
    const [list, chain, step, last] = f.locals("i32", 4);
    f.getGlobal(operands).set(list);
    f.forRange(chain, begin, end, 1, () => {
      const load = (offset: number) => f.get(list).plus(chain, CHAIN.bytes).memory("i32.load", offset);
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

/**
 * Emits the function that runs a chain block by block: its operands are the list of where the chain's script begins and
 * ends. What codes need for themselves is `bytes` behind the beginning of the scratch memory, which is for the blocks.
 */
export function emitBlocks(
  module: ModuleBuilder,
  { operands, block, blockScratch }: Current,
  bytes: number,
): FunctionRef {
  const type = module.typeOf(STEP_SIGNATURE);
  return stepFunction(module, "blocks", (f, { scratch, begin, end }) => {
    const [list, at, step, first, last] = f.locals("i32", 5);
    f.getGlobal(operands).set(list);
    f.get(list).memory("i32.load", CHAIN.begin).set(first);
    f.get(list).memory("i32.load", CHAIN.end).set(last);
    f.get(scratch).setGlobal(blockScratch);
    f.forRange(at, begin, end, 1, () => {
      f.get(at).setGlobal(block);
      f.forRange(step, first, last, STEP.bytes, () => {
        const border = () => f.get(step).memory("i32.load", STEP.chunkUnits).op("i32.mul");
        // What a code has packed is for its own block.
        f.i32(NOTHING).setGlobal(keptPart(module));
        f.get(step).memory("i32.load", STEP.operands).setGlobal(operands);
        f.get(scratch).plus(bytes);
        f.get(at);
        border();
        f.get(at).plus(1);
        border();
        f.get(step).memory("i32.load", STEP.code).callIndirect(type);
      });
    });
  });
}

/** A chain as the code of one step whose units are blocks. */
export function blocksCode(
  fn: FunctionRef,
  chain: readonly StepCode[],
  blocks: number,
  bytes: number,
): StepCode {
  const code = chainsCode(fn, [chain.map((one) => ({ ...one, blockUnits: one.units / blocks }))], 0);
  const scratchBytes = bytes + chain.reduce((most, one) => Math.max(most, one.scratchBytes), 0);
  return { ...code, units: blocks, scratchBytes };
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
