/** @file What a thread keeps in its scratch memory from one piece of a step to the next. */
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { GlobalRef } from "../assembler/types.ts";

/** What the variable of {@link keptPart} is when a thread begins a step. */
export const NOTHING = -1;

/** The global variable, of which each thread has its own, that says which part of an operand it has packed. */
export function keptPart(module: ModuleBuilder): GlobalRef {
  return module.once(keptPart, () => module.global("i32", NOTHING));
}

/** Runs `prepare` in the first piece of a step that a thread does. */
export function onceKept(f: FunctionBuilder, module: ModuleBuilder, prepare: () => unknown): void {
  keepPart(f, module, () => f.i32(0), prepare);
}

/** Runs `pack` unless the part whose number `part` pushes is what the thread packed last. */
export function keepPart(
  f: FunctionBuilder,
  module: ModuleBuilder,
  part: () => unknown,
  pack: () => unknown,
): void {
  const kept = keptPart(module);
  part();
  f.getGlobal(kept).op("i32.ne");
  f.if(() => {
    pack();
    part();
    f.setGlobal(kept);
  });
}
