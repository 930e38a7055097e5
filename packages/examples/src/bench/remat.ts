/** @file Memory and time of a transformer's step at context 512, with blocks that are computed again. */
import { jit } from "@nnx-js/jit";
import { checkpointPolicies } from "@nnx-js/nn";
import { memoryIn } from "./jit-facts.ts";
import { measure, type MeasureOptions, timeRuns } from "./measure.ts";
import { aligned, time, times } from "./report.ts";
import { WORKLOADS } from "./workloads/all.ts";
import { GPT } from "./workloads/gpt.ts";
import { setUp, stepOf, tearDown, type Workload } from "./workloads/workload.ts";

const CONTEXT = 512;
const BATCH = 2;

/** What is computed again, by its name in the table. */
const VARIANTS: Readonly<Record<string, Omit<ConstructorParameters<typeof GPT>[0], "rngs">>> = {
  nothing: {},
  "every block": { isRecomputed: () => true },
  // Its gradient comes right after it: all that it keeps is needed at once either way.
  "all blocks but the last": { isRecomputed: (block, blocks) => block < blocks - 1 },
  "every block, but for dots without batch": {
    isRecomputed: () => true,
    policy: checkpointPolicies.dotsWithNoBatchDimsSaveable,
  },
};

/** A step in one of the variants. */
export interface RematTime {
  readonly recomputed: string;
  /** Bytes that the program takes beside parameters and the optimiser's state. */
  readonly workspace: number;
  readonly milliseconds: number;
  /** The time relative to the first variant's. */
  readonly ratio: number;
}

/** The workload `gpt` with rows of 512 tokens. */
function workloadOf(options: (typeof VARIANTS)[string]): Workload {
  return {
    ...WORKLOADS.gpt,
    name: "gpt",
    createModel: (rngs) => new GPT({ rngs, context: CONTEXT, ...options }),
    createBatch: (rngs, rows) => [rngs.randint([rows, CONTEXT], 0, 65), rngs.randint([rows, CONTEXT], 0, 65)],
  };
}

/** The workspace of each of these steps, in bytes; nothing runs. */
export function rematMemory(names: readonly string[]): number[] {
  return names.map((name) => {
    const workload = workloadOf(VARIANTS[name]!);
    const setup = setUp(workload, { batchSize: 1 });
    const { model, optimizer, x, y, rngs } = setup;
    using step = jit(stepOf(workload), { name });
    const { workspace } = memoryIn(step.lower(model, optimizer, x, y, rngs), setup);
    tearDown(setup);
    return workspace;
  });
}

/** Times a step of each variant, in turns. */
export async function rematTimes(options: MeasureOptions): Promise<RematTime[]> {
  const contenders = Object.entries(VARIANTS).map(([name, variant]) => {
    const workload = workloadOf(variant);
    const setup = setUp(workload, { batchSize: BATCH });
    const { model, optimizer, x, y, rngs } = setup;
    const step = jit(stepOf(workload), { name });
    const { workspace } = memoryIn(step.lower(model, optimizer, x, y, rngs), setup);
    const run = () => step(model, optimizer, x, y, rngs).dispose();
    return {
      name,
      workspace,
      time: (runs: number) => timeRuns(run, () => Promise.resolve(), runs),
      close() {
        step.dispose();
        tearDown(setup);
      },
    };
  });
  const measured = await measure(contenders, options);
  for (const contender of contenders) contender.close();
  return measured.map(({ name, milliseconds, ratio }, i) => {
    return { recomputed: name, workspace: contenders[i]!.workspace, milliseconds, ratio };
  });
}

/** The figures as a table. */
export function describeRematTimes(found: readonly RematTime[]): string {
  const [first] = found;
  const rows = found.map(({ recomputed, workspace, milliseconds, ratio }) => [
    recomputed,
    `${(workspace / 1e6).toFixed(1)} MB`,
    times(workspace / first!.workspace),
    time(milliseconds),
    times(ratio),
  ]);
  return [
    `gpt with context ${CONTEXT}, batch ${BATCH}`,
    ...aligned([["computed again", "workspace", "of none", "ms", "of none"], ...rows]),
    "",
  ].join("\n");
}
