/** @file The code of all steps: those that do the same in different places have it once. */
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { Buffer, Const } from "../../../expr/expr.ts";
import { generalOf } from "../../../steps/general.ts";
import { type Signature, signatureOf, type Slot } from "../../../steps/signature.ts";
import { isControl } from "../../../steps/specs/routine-spec.ts";
import type { RoutineStep, Step } from "../../../steps/step.ts";
import { type Current, kindOf, type Place, type Placement } from "./addresses.ts";
import { emitMap } from "./map.ts";
import { emitReduce } from "./reduce.ts";
import { emitRoutine } from "./routine.ts";
import type { Operand, StepCode } from "./step-function.ts";

/** Where the program keeps its buffers. */
interface Places {
  placeOf(buffer: Buffer): Place;
  /** The byte address of the table of addresses. */
  readonly table: number;
}

/** Emits the function of a loop or a branch. */
export type EmitControl = (
  name: string,
  step: RoutineStep,
  placement: Placement,
) => Omit<StepCode, "operands">;

/** With more codes than this, those that differ in numbers and offsets only become one. */
const MANY = 64;

/** So many steps must differ in numbers and offsets only: fewer are quicker with those in their code. */
const WORTH_SHARING = 8;

/**
 * Emits the functions of `steps`. Code that several share takes the addresses of its buffers from the list of
 * operands that `current` points to.
 */
export function emitSteps(
  module: ModuleBuilder,
  name: string,
  steps: readonly Step[],
  places: Places,
  current: Current,
  emitControl: EmitControl,
): StepCode[] {
  const signatures = sharedSignatures(steps);
  const codes = new Map<string, Omit<StepCode, "operands">>();
  const numbers = new Numbers();
  const operandOf = (slot: Slot): Operand => {
    if ("buffer" in slot) return { place: places.placeOf(slot.buffer), offset: 4 * slot.offset };
    return { place: places.placeOf(numbers.bufferOf(slot)), offset: 0 };
  };
  return steps.map((step, i) => {
    const label = `${name}:${i} ${step.kind}`;
    const signature = signatures[i];
    if (!signature) {
      const { table } = places;
      const placement = { placeOf: (buffer: Buffer) => places.placeOf(buffer), table, current };
      return { ...emitStep(module, label, step, placement, emitControl), operands: [] };
    }
    const list = signature.slots.map(operandOf);
    const kinds = list.map(({ place }) => kindOf(place));
    const key = `${signature.key} ${kinds.join("")}`;
    let code = codes.get(key);
    if (!code) {
      const general = generalOf(step, signature.isLoose);
      const indices = new Map(
        general.buffers.map((buffer, operand) => [buffer, { operand, kind: kinds[operand]! }]),
      );
      const placement = { placeOf: (buffer: Buffer) => indices.get(buffer)!, table: 0, current };
      code = emitStep(module, `${label} and others`, general.step, placement, emitControl);
      codes.set(key, code);
    }
    return { ...code, operands: list };
  });
}

/** For each step the signature by which it shares its code; none for one that has its own. */
function sharedSignatures(
  steps: readonly Step[],
): ((Signature & { readonly isLoose: boolean }) | undefined)[] {
  const exact = steps.map((step) => signatureOf(step));
  const counts = countsOf(exact);
  const loose = counts.size > MANY ? steps.map((step) => signatureOf(step, true)) : [];
  const variants = new Map<string, Set<string>>();
  for (const [i, signature] of loose.entries()) {
    const known = variants.get(signature.key);
    if (known) known.add(exact[i]!.key);
    else variants.set(signature.key, new Set([exact[i]!.key]));
  }
  return exact.map((signature, i) => {
    const general = loose[i];
    if (general && variants.get(general.key)!.size >= WORTH_SHARING) return { ...general, isLoose: true };
    return counts.get(signature.key)! > 1 ? { ...signature, isLoose: false } : undefined;
  });
}

function countsOf(signatures: readonly Signature[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { key } of signatures) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

function emitStep(
  module: ModuleBuilder,
  name: string,
  step: Step,
  placement: Placement,
  emitControl: EmitControl,
): Omit<StepCode, "operands"> {
  switch (step.kind) {
    case "map":
      return emitMap(module, name, step, placement);
    case "reduce":
      return emitReduce(module, name, step, placement);
    default: {
      const { spec } = step;
      if (isControl(spec)) return emitControl(name, step, placement);
      return emitRoutine(module, name, step, spec, placement);
    }
  }
}

/** Numbers in memory, each once. */
class Numbers {
  readonly #buffers = new Map<string, Buffer>();

  bufferOf({ lane, value }: Const): Buffer {
    const key = `${lane} ${Object.is(value, -0) ? "-0" : value}`;
    let buffer = this.#buffers.get(key);
    if (!buffer) {
      const elements = lane === "f32" ? Float32Array.of(value) : Int32Array.of(value);
      this.#buffers.set(key, (buffer = { id: -1, size: 1, role: { kind: "constant", elements } }));
    }
    return buffer;
  }
}
