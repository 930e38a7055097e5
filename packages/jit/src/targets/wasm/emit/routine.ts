/** @file The code of a step that a routine does. */
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { PlainKind, RoutineSpec } from "../../../steps/specs/routine-spec.ts";
import type { RoutineStep } from "../../../steps/step.ts";
import type { Placement } from "./addresses.ts";
import { emitKind } from "../routines/table.ts";
import { epilogueOf } from "./epilogue.ts";
import { workOf } from "./map.ts";
import { basesFor, stepFunction, type StepCode } from "./step-function.ts";

/** Emits the function of `step`: a call of its routine with the addresses of its operands. */
export function emitRoutine(
  module: ModuleBuilder,
  name: string,
  step: RoutineStep,
  spec: RoutineSpec<PlainKind>,
  placement: Placement,
): Omit<StepCode, "operands"> {
  const { finish, result } = step;
  const epilogue = finish && result && epilogueOf(module, finish, result.columns, placement);
  const routine = emitKind(module, spec, epilogue);
  const fn = stepFunction(module, name, (f, { scratch, begin, end }) => {
    const bases = basesFor(
      f,
      placement,
      [],
      step.operands.map(({ buffer }) => buffer),
    );
    for (const { buffer, offset } of step.operands) {
      const { constant, pointer } = bases.of(buffer);
      const bytes = constant + 4 * offset;
      if (!pointer) f.i32(bytes);
      else if (bytes === 0) f.get(pointer);
      else f.get(pointer).plus(bytes);
    }
    f.get(scratch).get(begin).get(end).call(routine.fn);
  });
  return {
    fn,
    units: routine.units,
    scratchBytes: routine.scratchBytes,
    work: routine.flops + (finish ? workOf(finish) : 0),
  };
}
