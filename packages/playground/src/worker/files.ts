/** @file A run as a file, and back. */
import {
  loadModel,
  memoryTarget,
  readSafetensors,
  saveModel,
  type Source,
  type Target,
} from "@nnx-js/checkpoint";
import type { TaskName, ViewName } from "../protocol/settings.ts";
import { withLimit } from "./limit.ts";
import type { ModeChange } from "./modes.ts";
import type { Run } from "./run.ts";

/** A file is of another task. */
class ForeignFileError extends Error {
  override readonly name = "ForeignFileError";
}

/** The key of what a file says of its run, as JSON. */
const KEY = "nnx-js-playground";

/** What a file says of its run. */
interface Header {
  readonly task: TaskName;
  readonly step: number;
  readonly modes: Record<ViewName, readonly ModeChange[]>;
  /** Whether the next step measures the evaluation view in any case, which may draw random numbers. */
  readonly isModeNew: boolean;
}

/** The run at the moment of the call, as a `.safetensors` file: model, optimiser, random streams, place in the data. */
export async function bytesOf(run: Run): Promise<Uint8Array> {
  const target = memoryTarget();
  await writeRun(run, target);
  return target.bytes().slice();
}

/** The same, to a target. */
export async function writeRun(run: Run, target: Target): Promise<void> {
  const { settings, step, modeChanges, isModeNew } = run;
  const header: Header = { task: settings.task, step, modes: modeChanges, isModeNew };
  const metadata = { [KEY]: JSON.stringify(header) };
  await withLimit(saveModel(run.state, target, { metadata }), "writing the file");
}

/**
 * Gives a run what a file holds: all of it, or nothing. A file without a run, as `saveModel(model, …)` writes it, gives
 * the weights, and the step stays.
 *
 * @throws ForeignFileError for one of another task; CheckpointMismatchError, FileFormatError, StorageError
 */
export async function readRun(run: Run, source: Source): Promise<void> {
  const file = await withLimit(readSafetensors(source), "reading the file");
  try {
    const header = headerOf(file.metadata[KEY]);
    if (!header) {
      await loadModel(run.task.model, file);
      return;
    }
    if (header.task !== run.settings.task) {
      throw new ForeignFileError(`the file is of the task "${header.task}", not of "${run.settings.task}"`);
    }
    await run.leaveData();
    await withLimit(loadModel(run.state, file), "reading the file");
    run.step = header.step;
    run.setModes(header.modes ?? { train: [], eval: [] });
    run.isModeNew = header.isModeNew;
  } finally {
    await file.close();
  }
}

function headerOf(text: string | undefined): Header | undefined {
  if (text === undefined) return undefined;
  try {
    const header = JSON.parse(text) as Header;
    if (typeof header.task === "string" && Number.isSafeInteger(header.step)) return header;
  } catch {
    // Told below.
  }
  throw new ForeignFileError(`what the file says of its run (metadata "${KEY}") cannot be read`);
}
