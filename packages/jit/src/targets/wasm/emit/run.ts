/** @file The function that runs all steps, the large ones together with other threads. */
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { FunctionRef, GlobalRef, TypeRef } from "../assembler/types.ts";
import { keptPart, NOTHING } from "../routines/kept.ts";
import { CONTROL, COUNTERS } from "../threads/control.ts";
import type { Pool } from "../threads/pool.ts";
import { type Script, STEP } from "./script.ts";
import { STEP_SIGNATURE } from "./step-function.ts";

/** How often to look whether the other threads are done, a minute or more: one that was killed never is. */
const PATIENCE = 2n ** 36n;

/** After so many looks, about 0.3 ms, the main thread sleeps between them: a thread that waits for its processor gets it. */
const RESTLESS = 300_000n;

/** How long it sleeps at most, in nanoseconds, and for how many looks that counts. */
const NAP = 50_000n;

/** A function that runs scripts, `interpret(begin, end)`, with its body to come; loops and branches call it. */
export interface Interpreter {
  readonly builder: FunctionBuilder<readonly ["i32", "i32"]>;
  /** Holds the number of the program that other threads help with; 0 where none does. */
  readonly program: GlobalRef;
}

/** Declares an interpreter, whose body `emitRun` writes. */
export function declareInterpreter(module: ModuleBuilder): Interpreter {
  return {
    builder: module.procedure("interpret", 2),
    program: module.global("i32"),
  };
}

/** What `run` runs with. */
interface RunParts {
  readonly script: Pick<Script, "begin" | "end">;
  /** One that was declared before. */
  readonly interpreter?: Interpreter | undefined;
  /** Points to the list of operands of the step that is running. */
  readonly operands: GlobalRef;
  /** The main thread's scratch memory: a byte address. */
  readonly scratch: number;
  readonly pool: Pick<Pool, "control" | "size" | "maySleep"> | undefined;
  /** The byte address of the count of workers that know the program. */
  readonly ready: number;
  /** How often to look whether the other threads are done before the program stops. A minute or more unless given. */
  readonly patience?: bigint | undefined;
}

/**
 * Emits `run(program)`, which runs the script, and exports `part(program, begin, end)`, which runs the steps of it at these
 * addresses; with a pool also exports `step(step, scratch, begin, end)`. Where `program` is 0 no other thread helps.
 */
export function emitRun(module: ModuleBuilder, name: string, parts: RunParts): FunctionRef {
  const { script, interpreter = declareInterpreter(module) } = parts;
  emitInterpreter(module, interpreter, parts);
  const part = module.procedure("part", 3, (f) => {
    const [program, begin, end] = f.params;
    f.get(program).setGlobal(interpreter.program);
    f.get(begin).get(end).call(interpreter.builder.ref);
  });
  module.exportFunction("part", part.ref);
  return module.procedure(name, 1, (f) => {
    f.get(f.params[0]).setGlobal(interpreter.program);
    f.i32(script.begin).i32(script.end).call(interpreter.builder.ref);
  }).ref;
}

function emitInterpreter(module: ModuleBuilder, { builder: f, program }: Interpreter, parts: RunParts): void {
  const { script, operands, scratch, pool, ready, patience = PATIENCE } = parts;
  // Without steps there is no table of functions to call.
  if (script.begin === script.end) return;
  const type = module.typeOf(STEP_SIGNATURE);
  const share =
    pool && emitShare(module, emitDispatch(module, operands, type, pool), scratch, pool, patience);
  const [step, end] = f.params;
  const chunkUnits = f.local("i32");
  const load = (offset: number) => f.get(step).memory("i32.load", offset);
  const [begin, size] = [f.local("i32"), f.local("i32")];
  // In pieces: of a function that is running, engines take better code with its next call.
  const alone = () => {
    f.i32(NOTHING).setGlobal(keptPart(module));
    load(STEP.chunkUnits).tee(size);
    load(STEP.units).get(size).op("select").set(size);
    f.i32(0).set(begin);
    f.loop((again) => {
      load(STEP.operands).setGlobal(operands);
      f.i32(scratch).get(begin).get(begin).get(size).op("i32.add").tee(begin);
      load(STEP.units).get(begin);
      load(STEP.units).op("i32.lt_u").op("select");
      load(STEP.code).callIndirect(type);
      f.get(begin);
      load(STEP.units).op("i32.lt_u").brIf(again);
    });
  };
  f.block((over) => {
    f.loop((again) => {
      f.get(step).get(end).op("i32.eq").brIf(over);
      if (!pool || !share) alone();
      else {
        f.i32(0).set(chunkUnits);
        // Asked for each step: in the first run of a program the workers arrive while it is going on.
        f.i32(ready).memory("i32.atomic.load").i32(pool.size).op("i32.eq");
        f.getGlobal(program).i32(0).op("i32.ne").op("i32.and");
        f.if(() => load(STEP.chunkUnits).set(chunkUnits));
        f.get(chunkUnits).if(() => {
          f.getGlobal(program).get(step);
          load(STEP.units).get(chunkUnits);
          load(STEP.chunks).call(share);
        }, alone);
      }
      f.increase(step, STEP.bytes).br(again);
    });
  });
}

/** `step(step, scratch, begin, end)`: calls the function of the step at an address, for a piece of the job. */
function emitDispatch(
  module: ModuleBuilder,
  operands: GlobalRef,
  type: TypeRef,
  { control }: Pick<Pool, "control">,
): FunctionRef {
  const f = module.procedure("step", 4);
  const [step, ...rest] = f.params;
  // The generation of the job that this thread had its last piece of.
  const last = module.global("i32");
  const job = f.local("i32");
  f.i32(control + 4 * CONTROL.jobGeneration).memory("i32.atomic.load");
  f.tee(job).getGlobal(last).op("i32.ne");
  f.if(() => f.get(job).setGlobal(last).i32(NOTHING).setGlobal(keptPart(module)));
  f.get(step).memory("i32.load", STEP.operands).setGlobal(operands);
  for (const local of rest) f.get(local);
  f.get(step).memory("i32.load", STEP.code).callIndirect(type);
  module.exportFunction("step", f.ref);
  return f.ref;
}

/**
 * `share(program, step, units, chunkUnits, chunks)`: writes down the job, takes part in it, and waits until it is done.
 * See `CONTROL` for the protocol.
 */
function emitShare(
  module: ModuleBuilder,
  dispatch: FunctionRef,
  scratch: number,
  { control, size, maySleep }: Pick<Pool, "control" | "size" | "maySleep">,
  patience: bigint,
): FunctionRef {
  const f = module.procedure("share", 5);
  const [program, step, units, chunkUnits, chunks] = f.params;
  const [generation, owner, last, begin, end] = f.locals("i32", 5);
  const threads = size + 1;
  const address = (word: number) => control + 4 * word;
  const store = (word: number, push: () => unknown) => {
    f.i32(address(word));
    push();
    f.memory("i32.atomic.store");
  };
  f.i32(address(CONTROL.generation)).memory("i32.atomic.load").plus(1).set(generation);
  store(CONTROL.jobGeneration, () => f.get(generation));
  store(CONTROL.program, () => f.get(program));
  store(CONTROL.step, () => f.get(step));
  store(CONTROL.units, () => f.get(units));
  store(CONTROL.chunkUnits, () => f.get(chunkUnits));
  store(CONTROL.chunks, () => f.get(chunks));
  store(CONTROL.done, () => f.i32(0));
  for (let thread = 0; thread < threads; thread++)
    store(COUNTERS.first + COUNTERS.apart * thread, () => f.get(generation).i32(16).op("i32.shl"));
  store(CONTROL.generation, () => f.get(generation));
  f.i32(address(CONTROL.generation)).i32(64).memory("memory.atomic.notify").op("drop");
  /** The first chunk of a thread's share. */
  const firstOf = (thread: () => unknown) => {
    thread();
    f.get(chunks).op("i32.mul").i32(threads).op("i32.div_u");
  };
  f.forRange(owner, 0, threads, 1, () => {
    firstOf(() => f.get(owner).plus(1));
    f.set(last);
    f.block((over) => {
      f.loop((again) => {
        firstOf(() => f.get(owner));
        f.get(owner)
          .i32(4 * COUNTERS.apart)
          .op("i32.mul")
          .i32(1)
          .memory("i32.atomic.rmw.add", address(COUNTERS.first));
        f.i32(0xffff).op("i32.and").op("i32.add").tee(begin);
        f.get(last).op("i32.ge_u").brIf(over);
        f.get(begin).get(chunkUnits).op("i32.mul").tee(begin);
        f.plus(chunkUnits).tee(end);
        f.get(units).get(end).get(units).op("i32.lt_u").op("select").set(end);
        f.get(step).i32(scratch).get(begin).get(end).call(dispatch);
        f.i32(address(CONTROL.done)).i32(1).memory("i32.atomic.rmw.add").op("drop").br(again);
      });
    });
  });
  // A function of its own: the first compiler of V8 11 forgets what the loop counted while it waits.
  const nap = module.procedure("nap", 1, (f) => {
    f.i32(address(CONTROL.done)).get(f.params[0]).i64(NAP).memory("memory.atomic.wait32").op("drop");
  });
  // Looks again and again: the other threads are at their last chunks.
  const done = f.local("i32");
  const looks = f.local("i64");
  const count = (more: bigint) => f.get(looks).i64(more).op("i64.add").set(looks);
  f.block((over) => {
    f.loop((again) => {
      f.i32(address(CONTROL.done)).memory("i32.atomic.load").tee(done).get(chunks).op("i32.ge_u").brIf(over);
      count(1n);
      if (maySleep) {
        f.get(looks).i64(RESTLESS).op("i64.gt_u");
        f.if(() => {
          f.get(done).call(nap.ref);
          count(NAP);
        });
      }
      f.get(looks).i64(patience).op("i64.lt_u").brIf(again);
      f.i32(address(CONTROL.failures)).i32(1).memory("i32.atomic.rmw.add").op("unreachable");
    });
  });
  return f.ref;
}
