/** @file Training that goes on where an earlier run ended. */
import { loadModel, type Source, type Target } from "@nnx-js/checkpoint";
import type { Rngs } from "@nnx-js/nn";
import type { Optimizer } from "@nnx-js/optim";

/** Where a run comes from and goes to. */
export interface ResumeOptions {
  /** What an earlier run of the same length and seed has saved; this one goes on from there. */
  load?: Source | undefined;
  /** Where the model and its optimiser are saved in the end. */
  save?: Target | undefined;
}

/** Gives a model and its optimiser what `source` holds; answers how many steps that took. */
export async function resumed(
  training: { model: object; optimizer: Optimizer<never> },
  source: Source,
): Promise<number> {
  await loadModel(training, source);
  return (await training.optimizer.step.value.data())[0]!;
}

/** Lets `rngs` be where it is after so many passes over the data, so that the next one has its own order. */
export function skipPasses(rngs: Rngs, passes: number, keysPerPass: number): void {
  for (let i = 0; i < passes * keysPerPass; i++) rngs.key().dispose();
}
