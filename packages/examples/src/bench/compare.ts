/** @file Times a workload's training step in every way that there is. */
import { compiledStep, nnxEager, nnxJit } from "./contenders/nnx.ts";
import { type Contender, weightsOf } from "./contenders/contender.ts";
import { handWritten } from "./contenders/hand-written.ts";
import { jaxJs } from "./contenders/jax-js.ts";
import { inspect, type JitFacts } from "./jit-facts.ts";
import { type Candidate, measure, type MeasureOptions, type Measurement, timeRuns } from "./measure.ts";
import { type PlainCandidate, startPlain } from "./plain/process.ts";
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
  options: MeasureOptions & { readonly backend: string },
): Promise<Comparison> {
  const setup = setUp(workload);
  const eager = setUp(workload);
  const step = compiledStep(workload);
  // Before anything else runs and warms the engine up.
  const facts = inspect(workload, setup, step);
  const contenders = [nnxJit(setup, step), nnxEager(workload, eager)];
  const plain: PlainCandidate[] = [];
  if ("sizes" in workload) {
    const others = await othersFor(workload, options.backend);
    contenders.push(...others.contenders);
    plain.push(...others.plain);
  }
  const own = contenders.map((contender) => candidate(contender, setup));
  const measurements = await measure([...own, ...plain], options);
  for (const contender of contenders) contender.dispose();
  for (const candidate of plain) candidate.close();
  tearDown(eager);
  tearDown(setup);
  const unable = "sizes" in workload ? [] : UNABLE;
  return { workload: workload.name, title: workload.title, measurements, unable, jit: facts };
}

/** Those who do not use the modules of nnx-js, with the weights that it begins with. */
async function othersFor(workload: PerceptronWorkload, backend: string) {
  const setup = setUp(workload);
  const weights = weightsOf(setup.model as ReturnType<PerceptronWorkload["createModel"]>);
  const { dropoutRate } = workload.sizes;
  const contenders: Contender[] = [
    { ...handWritten(weights, dropoutRate, LEARNING_RATE), name: "the same with @nnx-js/tensor" },
    await jaxJs(weights, workload.sizes),
  ];
  const { x, y } = setup;
  const task = { backend, weights, x, y, dropoutRate, learningRate: LEARNING_RATE };
  const plain = [await startPlain("hand-written", task), await startPlain("tfjs-layers", task)];
  tearDown(setup);
  return { contenders, plain };
}

function candidate(contender: Contender, { x, y }: Setup): Candidate {
  return {
    name: contender.name,
    time: (runs) =>
      timeRuns(
        () => contender.step(x, y),
        () => contender.finish(),
        runs,
      ),
  };
}
