/** @file The function that runs all steps, the large ones together with other threads. */
import type { ModuleBuilder } from "../../assembler/module-builder.ts";
import type { FunctionRef, Local } from "../../assembler/types.ts";
import { CONTROL } from "../../threads/control.ts";
import type { StepCode } from "./step-function.ts";

/** With less work than this (operations, about 30 µs) a step is done before another thread has begun. */
export const WORTH_SHARING = 150_000;

/** More chunks than threads, so that one that is held up holds up little. */
const CHUNKS_PER_THREAD = 4;

/** How often to look whether the other threads are done, a minute or more: one that was killed never is. */
const PATIENCE = 2n ** 36n;

/** Whether threads should share the units of a step. */
export function isWorthSharing({ units, work }: StepCode): boolean {
  return units > 1 && work >= WORTH_SHARING;
}

/** What `run` runs with. */
interface RunParts {
  /** The main thread's scratch memory: a byte address. */
  readonly scratch: number;
  readonly pool: { readonly control: number; readonly size: number } | undefined;
  /** The byte address of the count of workers that know the program. */
  readonly ready: number;
  /** How often to look whether the other threads are done before the program stops. A minute or more unless given. */
  readonly patience?: bigint | undefined;
}

/** Emits `run(program)`, which runs the steps in order; with a pool also exports `step(step, scratch, begin, end)`. */
export function emitRun(
  module: ModuleBuilder,
  name: string,
  codes: readonly StepCode[],
  parts: RunParts,
): FunctionRef {
  const { scratch, pool, ready, patience = PATIENCE } = parts;
  const share = pool && emitShare(module, emitDispatch(module, codes), scratch, pool.control, patience);
  return module.function(name, { params: ["i32"], results: [] }, (f) => {
    const [program] = f.params as readonly [Local];
    for (const [step, code] of codes.entries()) {
      const alone = () => f.i32(scratch).i32(0).i32(code.units).call(code.fn);
      if (!pool || !share || !isWorthSharing(code)) {
        alone();
        continue;
      }
      const wanted = CHUNKS_PER_THREAD * (pool.size + 1);
      const chunkUnits = Math.ceil(code.units / wanted);
      // Asked for each step: in the first run of a program the workers arrive while it is going on.
      f.i32(ready).memory("i32.atomic.load").i32(pool.size).op("i32.eq");
      f.if(
        () =>
          f
            .get(program)
            .i32(step)
            .i32(code.units)
            .i32(chunkUnits)
            .i32(Math.ceil(code.units / chunkUnits))
            .call(share),
        alone,
      );
    }
  }).ref;
}

/** `step(step, scratch, begin, end)`: calls the function of a step. */
function emitDispatch(module: ModuleBuilder, codes: readonly StepCode[]): FunctionRef {
  const f = module.function("step", { params: ["i32", "i32", "i32", "i32"], results: [] });
  const [step, ...rest] = f.params as readonly [Local, ...Local[]];
  const shared = codes.flatMap((code, i) => (isWorthSharing(code) ? [[i, code] as const] : []));
  for (const [i, { fn }] of shared) {
    f.get(step)
      .i32(i)
      .op("i32.eq")
      .if(() => {
        for (const local of rest) f.get(local);
        f.call(fn);
      });
  }
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
  control: number,
  patience: bigint,
): FunctionRef {
  const f = module.function("share", { params: ["i32", "i32", "i32", "i32", "i32"], results: [] });
  const [program, step, units, chunkUnits, chunks] = f.params as unknown as readonly [
    Local,
    Local,
    Local,
    Local,
    Local,
  ];
  const [generation, index, begin, end] = f.locals("i32", 4) as unknown as readonly [
    Local,
    Local,
    Local,
    Local,
  ];
  const address = (word: number) => control + 4 * word;
  const store = (word: number, push: () => unknown) => {
    f.i32(address(word));
    push();
    f.memory("i32.atomic.store");
  };
  f.i32(address(CONTROL.generation)).memory("i32.atomic.load").i32(1).op("i32.add").set(generation);
  store(CONTROL.jobGeneration, () => f.get(generation));
  store(CONTROL.program, () => f.get(program));
  store(CONTROL.step, () => f.get(step));
  store(CONTROL.units, () => f.get(units));
  store(CONTROL.chunkUnits, () => f.get(chunkUnits));
  store(CONTROL.chunks, () => f.get(chunks));
  store(CONTROL.done, () => f.i32(0));
  store(CONTROL.counter, () => f.get(generation).i32(16).op("i32.shl"));
  store(CONTROL.generation, () => f.get(generation));
  f.i32(address(CONTROL.generation)).i32(64).memory("memory.atomic.notify").op("drop");
  f.block((over) => {
    f.loop((again) => {
      f.i32(address(CONTROL.counter))
        .i32(1)
        .memory("i32.atomic.rmw.add")
        .i32(0xffff)
        .op("i32.and")
        .tee(index);
      f.get(chunks).op("i32.ge_u").brIf(over);
      f.get(index).get(chunkUnits).op("i32.mul").set(begin);
      f.get(begin)
        .get(chunkUnits)
        .op("i32.add")
        .tee(end)
        .get(units)
        .get(end)
        .get(units)
        .op("i32.lt_s")
        .op("select")
        .set(end);
      f.get(step).i32(scratch).get(begin).get(end).call(dispatch);
      f.i32(address(CONTROL.done)).i32(1).memory("i32.atomic.rmw.add").op("drop").br(again);
    });
  });
  // Looks again and again: the other threads are at their last chunks, and a browser's main thread may not sleep.
  const looks = f.local("i64");
  f.block((over) => {
    f.loop((again) => {
      f.i32(address(CONTROL.done)).memory("i32.atomic.load").get(chunks).op("i32.ge_u").brIf(over);
      f.get(looks).i64(1n).op("i64.add").tee(looks).i64(patience).op("i64.lt_u").brIf(again);
      f.i32(address(CONTROL.failures)).i32(1).memory("i32.atomic.rmw.add").op("unreachable");
    });
  });
  return f.ref;
}
