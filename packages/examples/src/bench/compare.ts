/** @file Times a workload's training step in every way that there is. */
import { compiledStep, nnxEager, nnxJit } from "./contenders/nnx.ts";
import { type Contender, type Entry, weightsOf } from "./contenders/contender.ts";
import { handWritten } from "./contenders/hand-written.ts";
import { chooseDevice } from "./contenders/jax-js-device.ts";
import { jaxJs } from "./contenders/jax-js.ts";
import { inspect, type JitFacts } from "./jit-facts.ts";
import { measure, type MeasureOptions, type Measurement, timeRuns } from "./measure.ts";
import { startPlain } from "./plain/process.ts";
import type { PerceptronWorkload } from "./workloads/all.ts";
import { LEARNING_RATE, setUp, type Setup, tearDown, type Workload } from "./workloads/workload.ts";

/** One that has no step for a workload. */
interface Unable {
  readonly name: string;
  readonly reason: string;
}

/** What was found out about a workload. The compiled step is the first of the measurements. */
export interface Comparison {
  readonly workload: string;
  readonly title: string;
  readonly measurements: readonly Measurement[];
  readonly unable: readonly Unable[];
  readonly jit: JitFacts;
}

const NO_KERNEL = "TensorFlow.js lacks a kernel or gradient that the step needs on wasm";
const NOT_WRITTEN = "the benchmark has no step of this workload for it";

const UNABLE: readonly Unable[] = [
  { name: "hand-written tfjs-core", reason: NO_KERNEL },
  { name: "@tensorflow/tfjs-layers", reason: NO_KERNEL },
  { name: "jax-js, jit", reason: NOT_WRITTEN },
];

/** Times the steps of `workload` on the active backend; ratios refer to the compiled one. */
export async function compare(
  workload: Workload | PerceptronWorkload,
  options: MeasureOptions & { readonly backend: string; readonly own?: boolean | undefined },
): Promise<Comparison> {
  const setup = setUp(workload);
  const eager = setUp(workload);
  const step = compiledStep(workload);
  // Before anything else runs and warms the engine up.
  const facts = inspect(workload, setup, step);
  const entries = [entry(nnxJit(setup, step), setup), entry(nnxEager(workload, eager), setup)];
  const unable: Unable[] = "sizes" in workload || options.own ? [] : [...UNABLE];
  if ("sizes" in workload && !options.own)
    entries.push(...(await others(workload, setup, options.backend, unable)));
  const measurements = await measure(entries, options);
  for (const entered of entries) entered.close();
  tearDown(eager);
  tearDown(setup);
  return { workload: workload.name, title: workload.title, measurements, unable, jit: facts };
}

/**
 * Those who do not use the modules of nnx-js, with the weights that it begins with; those that fail at their first step
 * are added to `unable`.
 */
async function others(
  workload: PerceptronWorkload,
  setup: Setup,
  backend: string,
  unable: Unable[],
): Promise<Entry[]> {
  const fresh = setUp(workload);
  const weights = weightsOf(fresh.model as ReturnType<PerceptronWorkload["createModel"]>);
  const { dropoutRate } = workload.sizes;
  const { x, y } = setup;
  const task = { backend, weights, x, y, dropoutRate, learningRate: LEARNING_RATE };
  const entries: Entry[] = [];
  const add = async (name: string, make: () => Promise<Entry>) => {
    let made: Entry | undefined;
    try {
      made = await make();
      await made.time(1);
      entries.push(made);
    } catch (error) {
      made?.close();
      unable.push({ name, reason: error instanceof Error ? error.message : String(error) });
    }
  };
  await add("hand-written tfjs-core", () => startPlain("hand-written", task));
  const again = "the same with @nnx-js/tensor";
  await add(again, async () =>
    entry({ ...handWritten(weights, dropoutRate, LEARNING_RATE), name: again }, setup),
  );
  await add("@tensorflow/tfjs-layers", () => startPlain("tfjs-layers", task));
  await add("jax-js, jit", async () => {
    await chooseDevice(backend);
    return entry(await jaxJs(weights, workload.sizes), setup);
  });
  tearDown(fresh);
  return entries;
}

function entry(contender: Contender, { x, y }: Setup): Entry {
  return {
    name: contender.name,
    time: (runs) =>
      timeRuns(
        () => contender.step(x, y),
        () => contender.finish(),
        runs,
      ),
    close: () => contender.dispose(),
  };
}
