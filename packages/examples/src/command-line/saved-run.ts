/** @file Where the options --load, --save, --checkpoint and --resume have runs saved, and go on. */
import {
  Checkpointer,
  loadModel,
  saveModel,
  type Source,
  StorageError,
  type Target,
} from "@nnx-js/checkpoint";
import type { CheckpointOptions, RestoreEvent } from "@nnx-js/train";

/** Where a run comes from and goes to. */
export interface SavedRunOptions {
  /** What an earlier run of the same length and seed has saved; this one goes on from there. */
  load?: Source | undefined;
  /** Where the model, its optimiser and the place in the data are saved in the end. */
  save?: Target | undefined;
  /** A folder: the run is saved there every now and then, and goes on from the last step that is there. */
  checkpoint?: string | undefined;
  /** Whether there has to be one; `false` unless given. */
  resume?: boolean | undefined;
  /** Told how many steps were restored, if any. */
  onRestored?: ((steps: number) => void) | undefined;
}

/** Steps between checkpoints; there is one after each pass, too. */
const STEPS_PER_SAVE = 50;

/** The last checkpoints stay, and the one that does best on the test part. */
const BEST = { metric: "loss", mode: "min" } as const;

/** Options of `train` that save and restore. */
interface Saving {
  readonly checkpoint: CheckpointOptions<"loss"> | undefined;
  readonly on: { readonly restore: (event: RestoreEvent) => void };
}

/**
 * Runs `run` with what a training state was before, and saves what it is afterwards.
 *
 * @param seed that a run of the folder has to have
 * @throws Error if there is no checkpoint where there has to be one, or it is of a run of another seed
 */
export async function savedRun<T>(
  state: object,
  { load, save, checkpoint: folder, resume = false, onRestored }: SavedRunOptions,
  seed: number,
  run: (saving: Saving) => Promise<T>,
): Promise<T> {
  await using to = folder === undefined ? undefined : new Checkpointer(folder, { keep: 2, best: BEST });
  if (resume && (await to?.latest()) === undefined) {
    throw new StorageError(
      `--resume: expected a checkpoint in ${folder}, found none. Begin a run without --resume.`,
    );
  }
  if (load !== undefined) await loadModel(state, load);
  const restore = ({ step, metadata }: RestoreEvent): void => {
    // Another one divides the data otherwise: some of the test part would have been learned.
    if (metadata["seed"] !== String(seed)) {
      throw new RangeError(
        `${folder} holds a run of seed ${metadata["seed"]}, not ${seed}. Choose another folder.`,
      );
    }
    onRestored?.(step);
  };
  const every = [STEPS_PER_SAVE, { epochs: 1 }];
  const checkpoint = to && { to, every, resume: true, metadata: { seed: String(seed) } };
  const result = await run({ checkpoint, on: { restore } });
  if (save !== undefined) await saveModel(state, save);
  return result;
}
