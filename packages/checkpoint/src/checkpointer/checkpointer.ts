/** @file Numbered checkpoints of a training run, written while it goes on. */
import { StorageError } from "../errors.ts";
import { loadModel, type LoadOptions } from "../model/load-model.ts";
import { assertOptions } from "../model/options.ts";
import { saveModel } from "../model/save-model.ts";
import type { ByteTarget } from "../target/byte-target.ts";
import { ASYNC_DISPOSE } from "./async-dispose.ts";
import { DamagedStepError } from "./damaged-step-error.ts";
import { type Directory, openDirectory } from "./open-directory.ts";
import { assertStep, checkOptions, checkSave, type CheckpointerOptions, fail, type SaveStepOptions } from "./options.ts"; // prettier-ignore
import { type BestMetric, current, expendable, fromBest } from "./retention.ts";
import { SaveQueue } from "./save-queue.ts";
import { Snapshot } from "./snapshot.ts";
import { metadataOf, type StepRecord } from "./step-record.ts";
import { type StoredStep, StepStore } from "./step-store.ts";

/** How often steps are listed anew when those that were listed are gone before one is read. */
const LOOKS = 20;

/** Options of {@link Checkpointer.restore}: which step, and of `loadModel` how much of it. */
export interface RestoreOptions extends Pick<LoadOptions, "strict" | "only" | "rename" | "transform"> {
  /** The number of a step, the one that was saved last (unless given), or the best one. */
  readonly step?: number | "latest" | "best" | undefined;
}

/** What was restored. */
export interface Restored {
  /** The number of the step. */
  readonly step: number;
  /** The figures that were saved with it. */
  readonly metrics: Readonly<Record<string, number>>;
  /** The texts that were saved with it. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Keeps numbered steps of a training run in a directory, one file each, so that a run that was killed goes on where it
 * was.
 *
 * ```ts
 * await using checkpointer = new Checkpointer("runs/digits", { keep: 3, best: { metric: "loss", mode: "min" } });
 * const restored = await checkpointer.restore({ model, optimizer, rngs });
 * for (let step = (restored?.step ?? 0) + 1; step <= 1000; step++) {
 *   const loss = await trainStep(model, optimizer, rngs);
 *   await checkpointer.save(step, { model, optimizer, rngs }, { metrics: { loss } });
 * }
 * ```
 *
 * `save` takes the values at the call; they are written while training goes on. A step is whole or not there: it is
 * written under another name, and gets its own, with the checksum of its content in it, when all of it is on the disk. A
 * kill at any moment loses at most the step that was being written; what it leaves behind is cleaned by the next
 * Checkpointer of the directory. A step whose content is damaged is skipped with a warning. Several may read a directory,
 * one at a time should save to it.
 */
export class Checkpointer<const Metric extends string = never> {
  static readonly name: string = "Checkpointer";
  private readonly store: StepStore;
  private readonly queue = new SaveQueue();
  private readonly keep: number;
  private readonly bestMetric: BestMetric | undefined;
  private readonly warn: (message: string) => void;
  private isClosed = false;
  private hasDropped = false;

  /**
   * @param directory the path or `file:` URL of a folder (Node, Deno, Bun), a path in the private file system (browsers),
   *   a `FileSystemDirectoryHandle`, or a directory of one's own; it is made by the first save
   * @throws InvalidArgumentError for wrong options, StorageError for what cannot be a directory here
   */
  constructor(directory: Directory, options: CheckpointerOptions<Metric> = {}) {
    checkOptions(options);
    // oxlint-disable-next-line no-console -- a warning that nobody asked for by a function has no other place
    this.warn = options.onWarning ?? ((message) => console.warn(message));
    this.store = new StepStore(openDirectory(directory), this.warn);
    this.keep = options.keep ?? Infinity;
    this.bestMetric = options.best;
  }

  /**
   * Takes the values of `node` now and writes them in the background, then deletes the steps that are not to be kept.
   * The promise is kept when the save before it is done and this one has begun: `await` it, and memory holds at most the
   * values of two saves. Without `await` only the newest waits for its turn; one that waited is left out, with a
   * warning.
   *
   * @param step an integer of at least 0; what was saved under it before is replaced when this is on the disk
   * @param node whatever `state` takes: a model, or `{ model, optimizer, rngs }`
   * @throws StorageError for what an earlier save failed with in the background, once; this save is done all the same
   * @throws InvalidArgumentError for wrong arguments; then nothing is saved
   */
  save(step: number, node: unknown, options: SaveStepOptions<Metric> = {}): Promise<void> {
    this.assertOpen("save");
    checkSave(step, options, this.bestMetric);
    const { only = true, metrics = {}, metadata = {} } = options;
    const record = { step, metrics: { ...metrics }, metadata: { ...metadata } };
    const snapshot = Snapshot.of(node, only);
    const begun = this.queue.push({
      run: () => this.write(record, snapshot).finally(() => snapshot.dispose()),
      drop: () => {
        snapshot.dispose();
        this.warnOfDrop(step);
      },
    });
    this.queue.throwFailure();
    return begun;
  }

  /**
   * Loads a step into `node`, which has to have the structure of what was saved; nothing of it changes unless all fits.
   * Of `"latest"` and `"best"` a damaged step is skipped, with a warning, for the one before. Saves that go on are
   * waited for.
   *
   * @returns which step it was, with its metrics and texts; undefined where there is none yet
   * @throws FileFormatError if the step is damaged, or all are; StorageError if there is none of the number;
   *   CheckpointMismatchError if `node` is not what was saved
   */
  async restore(node: unknown, options: RestoreOptions = {}): Promise<Restored | undefined> {
    this.assertOpen("restore");
    assertOptions("Checkpointer.restore", options, ["step", "strict", "only", "rename", "transform"]);
    const { step = "latest", ...loading } = options;
    if (step === "best") this.assertBest();
    if (step !== "latest" && step !== "best") assertStep(step);
    await this.queue.idle();
    for (let look = 1; ; look++) {
      const result = await this.restoreFrom(await this.store.list(), node, step, loading);
      if (result !== "gone") return result;
      if (look === LOOKS) {
        throw new StorageError(
          `${this.store.directory.label}: another writer deletes steps faster than one can be read. Let it keep more: ` +
            `new Checkpointer(directory, { keep: 3 }).`,
        );
      }
    }
  }

  /** Restores the wanted one of `steps`, or `"gone"`: another writer deleted all of them since they were listed. */
  private async restoreFrom(
    steps: readonly StoredStep[],
    node: unknown,
    step: number | "latest" | "best",
    loading: LoadOptions,
  ): Promise<Restored | "gone" | undefined> {
    const candidates = this.candidates(steps, step);
    let failure: unknown;
    let areGone = candidates.length > 0;
    for (const candidate of candidates) {
      try {
        const source = await this.store.open(candidate);
        try {
          await loadModel(node, source, loading);
        } finally {
          await source.close();
        }
        const { step, metrics, metadata } = candidate;
        return { step, metrics, metadata };
      } catch (error) {
        if (error instanceof DamagedStepError) {
          areGone = false;
          if (typeof step !== "number") this.warn(`Checkpointer: ${error.message}`);
        } else if (!(await this.store.isGone(candidate))) throw error;
        failure = error;
      }
    }
    if (areGone) return "gone";
    // Not to begin anew where something was saved.
    if (typeof step === "number") failure ??= this.store.damage(step);
    else if (steps.length === 0) failure ??= this.store.damage();
    if (failure) throw failure;
    if (typeof step === "number") {
      throw new StorageError(
        `there is no step ${step} in ${this.store.directory.label}. There are: ${numbers(steps).join(", ") || "none"}.`,
      );
    }
    return undefined;
  }

  /** The numbers of the steps that are there, ascending. Whether every byte is right is seen when one is restored. */
  async steps(): Promise<number[]> {
    this.assertOpen("steps");
    return numbers(await this.store.list());
  }

  /** The number of the step that was saved last; undefined where there is none. */
  async latest(): Promise<number | undefined> {
    this.assertOpen("latest");
    return (await this.store.list()).at(-1)?.step;
  }

  /** The number of the best step; undefined where none has the metric. @throws InvalidArgumentError without `best` */
  async best(): Promise<number | undefined> {
    this.assertOpen("best");
    return fromBest(current(await this.store.list()), this.assertBest())[0]?.step;
  }

  /** Waits until all saves are done. @throws StorageError for what one of them failed with, once */
  async wait(): Promise<void> {
    await this.queue.idle();
    this.queue.throwFailure();
  }

  /** Waits until all saves are done; then nothing can be saved or restored. @throws StorageError as `wait` does */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.queue.idle();
    await this.store.directory.close();
    this.queue.throwFailure();
  }

  /** {@link Checkpointer.close}, by `await using`. */
  [ASYNC_DISPOSE](): Promise<void> {
    return this.close();
  }

  private async write(record: Omit<StepRecord, "order">, snapshot: Snapshot): Promise<void> {
    const { label } = this.store.directory;
    const before = await this.store.list();
    const metadata = metadataOf({ ...record, order: (before.at(-1)?.order ?? 0) + 1 });
    await this.store.write(record.step, async (put) => {
      const target: ByteTarget = { label, write: put, close: async () => {}, abort: async () => {} };
      await saveModel(snapshot.state, target, { metadata });
    });
    await this.store.delete(expendable(await this.store.list(), this.keep, this.bestMetric));
  }

  /** The steps to try, the wanted one first. */
  private candidates(steps: readonly StoredStep[], step: number | "latest" | "best"): StoredStep[] {
    const newest = [...steps].sort((a, b) => b.order - a.order);
    if (step === "latest") return newest;
    if (step === "best") return fromBest(current(steps), this.assertBest());
    return newest.filter((other) => other.step === step);
  }

  private warnOfDrop(step: number): void {
    if (this.hasDropped) return;
    this.hasDropped = true;
    this.warn(
      `Checkpointer: step ${step} is left out, because others were saved before its turn came. ` +
        `Write await checkpointer.save(…) to save every step, or save less often.`,
    );
  }

  private assertBest(): BestMetric {
    if (this.bestMetric) return this.bestMetric;
    return fail(
      `"best" needs to be told what is best. Write new Checkpointer(directory, { best: { metric: "loss", mode: "min" } }).`,
    );
  }

  private assertOpen(method: string): void {
    if (this.isClosed) fail(`${method}: it is closed. Make a new one of the directory.`);
  }
}

function numbers(steps: readonly StoredStep[]): number[] {
  return [...new Set(steps.map(({ step }) => step))].sort((a, b) => a - b);
}
