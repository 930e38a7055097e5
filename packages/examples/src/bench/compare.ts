/** @file Times a workload's training step in every way that there is. */
import { compiledStep, nnxEager, nnxJit } from "./contenders/nnx.ts";
import { type Contender, weightsOf } from "./contenders/contender.ts";
import { loadPlainGradients, useGradients } from "./contenders/gradients.ts";
import { handWritten } from "./contenders/hand-written.ts";
import { jaxJs } from "./contenders/jax-js.ts";
import { tfjsLayers } from "./contenders/tfjs-layers.ts";
import { inspect, type JitFacts } from "./jit-facts.ts";
import { type Candidate, measure, type MeasureOptions, type Measurement } from "./measure.ts";
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
  options: MeasureOptions,
): Promise<Comparison> {
  const setup = setUp(workload);
  const eager = setUp(workload);
  const step = compiledStep(workload);
  // Before anything else runs and warms the engine up.
  const facts = inspect(workload, setup, step);
  const contenders = [nnxJit(setup, step), nnxEager(workload, eager)];
  if ("sizes" in workload) contenders.push(...(await others(workload)));
  const measurements = await measure(
    contenders.map((contender) => candidate(contender, setup)),
    options,
  );
  useGradients("nnx-js");
  for (const contender of contenders) contender.dispose();
  tearDown(eager);
  tearDown(setup);
  const unable = "sizes" in workload ? [] : UNABLE;
  return { workload: workload.name, title: workload.title, measurements, unable, jit: facts };
}

/** Those who do not use nnx-js, with the weights that it begins with. */
async function others(workload: PerceptronWorkload): Promise<Contender[]> {
  await loadPlainGradients();
  const setup = setUp(workload);
  const weights = weightsOf(setup.model as ReturnType<PerceptronWorkload["createModel"]>);
  const { dropoutRate } = workload.sizes;
  const contenders = [
    handWritten(weights, dropoutRate, LEARNING_RATE, "TensorFlow.js"),
    handWritten(weights, dropoutRate, LEARNING_RATE, "nnx-js"),
    tfjsLayers(weights, dropoutRate, LEARNING_RATE),
    await jaxJs(weights, workload.sizes),
  ];
  tearDown(setup);
  return contenders;
}

function candidate(contender: Contender, { x, y }: Setup): Candidate {
  return {
    name: contender.name,
    begin: () => useGradients(contender.gradients),
    run: () => contender.step(x, y),
    finish: () => contender.finish(),
  };
}
