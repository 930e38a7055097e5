/** @file Runs a routine on arrays. */
import { ModuleBuilder } from "../../../../src/targets/wasm/assembler/module-builder.ts";
import { Heap } from "../../../../src/targets/wasm/memory/heap.ts";
import { keptPart, NOTHING } from "../../../../src/targets/wasm/routines/kept.ts";
import type { Routine } from "../../../../src/targets/wasm/routines/routine.ts";

type Elements = Float32Array | Int32Array;

/** Bytes that no routine may touch, before and behind each operand. */
const GUARD = 16;
const MARK = 0x7fc12345;

/**
 * Runs all units of a routine on `operands`, in place, in the shares that `cuts` makes, last to first: two of them are
 * pieces of one thread, then the scratch of another comes.
 *
 * @throws if anything but operands and scratch changed
 */
export function runRoutine(
  emit: (module: ModuleBuilder) => Routine,
  operands: readonly Elements[],
  cuts: readonly number[] = [],
): Routine {
  const heap = new Heap(false);
  const module = new ModuleBuilder();
  module.importMemory({ module: "env", name: "memory", initial: 1 });
  const routine = emit(module);
  module.exportFunction("run", routine.fn);
  module.exportGlobal("kept", keptPart(module));
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.encode()), {
    env: { memory: heap.memory },
  });
  const run = instance.exports["run"] as (...args: number[]) => void;
  const kept = instance.exports["kept"] as WebAssembly.Global;
  const bounds = [0, ...cuts.map((cut) => Math.floor(cut * routine.units)), routine.units];
  const pieces = operands.map(({ length }) => {
    const bytes = Math.ceil(length / 4) * 16;
    return { address: heap.allocate(bytes + 2 * GUARD) + GUARD, bytes };
  });
  const scratch = heap.allocate(routine.scratchBytes + 2 * GUARD) + GUARD;
  const guarded = [...pieces, { address: scratch, bytes: Math.ceil(routine.scratchBytes / 16) * 16 }];
  for (const { address, bytes } of guarded) {
    heap.int32(address - GUARD, GUARD / 4).fill(MARK);
    heap.int32(address + bytes, GUARD / 4).fill(MARK);
  }
  operands.forEach((elements, i) => view(heap, pieces[i]!.address, elements).set(elements));
  for (let share = bounds.length - 2; share >= 0; share--) {
    if ((bounds.length - share) % 2 === 0) {
      // What scratch held before must not matter.
      heap.int32(scratch, routine.scratchBytes / 4).fill(MARK);
      kept.value = NOTHING;
    }
    run(...pieces.map(({ address }) => address), scratch, bounds[share]!, bounds[share + 1]!);
  }
  for (const { address, bytes } of guarded) {
    const around = [...heap.int32(address - GUARD, 4), ...heap.int32(address + bytes, 4)];
    if (around.some((word) => word !== MARK)) throw new Error("a routine wrote outside of its operands");
  }
  operands.forEach((elements, i) => elements.set(view(heap, pieces[i]!.address, elements)));
  return routine;
}

function view(heap: Heap, address: number, elements: Elements): Elements {
  return elements instanceof Float32Array
    ? heap.float32(address, elements.length)
    : heap.int32(address, elements.length);
}

/** Pseudorandom numbers in [-1, 1), the same each time. */
export function randomFloats(length: number, seed = 1): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return state / 2 ** 31;
  });
}
