/** @file The page's side: starts a worker, hears its events, and ends it; every wait has a limit. */
import { InvalidArgumentError } from "@nnx-js/nn";
import { checkFunction, checkNames, checkNumber, found } from "../check.ts";
import { TrainingWorkerError } from "../errors.ts";
import type { EndEvent, TrainHandlers, Watcher } from "../loop/events.ts";
import { checkListeners, Teller } from "../loop/teller.ts";
import { isMessage, type PageMessage, received, type WorkerMessage } from "./messages.ts";

/** A worker of a page, of Deno or Bun, or of `node:worker_threads`. */
export type TrainingWorker = {
  /** Sends a copy of a message. */
  postMessage(message: unknown): void;
  /** Ends it at once. */
  terminate(): unknown;
} & (
  | {
      /** Calls `listener` with every event of a type. */
      addEventListener(type: string, listener: (event: object) => void): void;
    }
  | {
      /** Calls `listener` with what every event of a type tells. */
      on(type: string, listener: (value: unknown) => void): unknown;
    }
);

/** How long things may take, in milliseconds. */
export interface WorkerLimits {
  /** From the making of the worker until it calls `serveTraining`. 30 000 unless given. */
  readonly start?: number | undefined;
  /**
   * How long it may be silent while it trains. One step, and the compilation before it, has to be shorter: nothing is sent
   * while they run. 60 000 unless given.
   */
  readonly silence?: number | undefined;
  /** From the abort until it has saved and ended. 10 000 unless given. */
  readonly abort?: number | undefined;
}

/** Options of {@link trainInWorker}. */
export interface TrainInWorkerOptions<Input> {
  /** What the worker's function gets: a copy. */
  readonly input?: Input | undefined;
  /** Ends the run between two steps; a checkpoint of the last one is saved first, where the run has any. */
  readonly signal?: AbortSignal | undefined;
  /** What is done about events, as in `train`. */
  readonly on?: TrainHandlers | undefined;
  /** Who follows the run, as in `train`: `history()`, say. */
  readonly watch?: Watcher | readonly Watcher[] | undefined;
  /** How long things may take. */
  readonly limits?: WorkerLimits | undefined;
}

/** How many times the worker shows that it is there in the time that it may be silent. */
const BEATS = 10;

/**
 * Trains in a worker, so that a page stays as quick as it is; the worker's file calls `serveTraining`.
 *
 * ```ts
 * const end = await trainInWorker(
 *   () => new Worker(new URL("./worker.ts", import.meta.url), { type: "module" }),
 *   { input: { learningRate: 1e-3 }, signal, on: { log: ({ step, metrics }) => show(step, metrics) } },
 * );
 * ```
 *
 * The worker is ended with the run, however that ends. Nothing waits forever: a worker that cannot be loaded, throws, is
 * killed or says nothing any more is an error that names the cause, and the step of its last checkpoint, from which the
 * same call goes on where the run resumes.
 *
 * @param make makes the worker; called once
 * @throws InvalidArgumentError for wrong options; TrainingWorkerError; what handlers and watchers throw
 */
export async function trainInWorker<Input = unknown>(
  make: () => TrainingWorker,
  options: TrainInWorkerOptions<Input> = {},
): Promise<EndEvent> {
  const { input, signal, limits } = checked(make, options);
  const teller = new Teller(options);
  const { promise, resolve, reject } = withResolvers<EndEvent>();
  let checkpoint: number | undefined;
  let isReady = false;
  const fail = (reason: TrainingWorkerError["reason"], detail: string, cause?: unknown): void => {
    const saved =
      checkpoint === undefined
        ? "It told of no checkpoint."
        : `Its last checkpoint is that of step ${checkpoint}: the same call goes on from there, with checkpoint: { resume: true }.`;
    const place = { reason, checkpointStep: checkpoint, cause };
    reject(new TrainingWorkerError(`trainInWorker: ${detail} ${saved}`, place));
  };
  const clock = new Deadline();
  let worker: TrainingWorker;
  try {
    worker = make();
  } catch (error) {
    await teller.close();
    throw new TrainingWorkerError(
      `trainInWorker: the worker could not be made: ${error instanceof Error ? error.message : String(error)}`,
      { reason: "load", checkpointStep: undefined, cause: error },
    );
  }
  if (typeof (worker as Partial<TrainingWorker> | null | undefined)?.postMessage !== "function") {
    await teller.close();
    throw new InvalidArgumentError(
      `trainInWorker: expected a function that gives a Worker, got one that gives ${found(worker)}. Write ` +
        `trainInWorker(() => new Worker(new URL("./worker.js", import.meta.url), { type: "module" })).`,
    );
  }
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- workers have none
  const send = (message: PageMessage) => worker.postMessage(message);
  const abort = (): void => {
    if (!isReady) return;
    send({ training: "abort" });
    clock.set(limits.abort, () =>
      fail(
        "timeout",
        `the worker did not end within ${limits.abort} ms after the abort, and was terminated.`,
      ),
    );
    clock.hold();
  };
  const expectWord = (): void =>
    clock.set(limits.silence, () =>
      fail(
        "silent",
        `the worker has said nothing for ${limits.silence} ms: it was killed, for want of memory for one, or a step takes ` +
          `longer: { limits: { silence: … } }.`,
      ),
    );
  let told: Promise<void> = Promise.resolve();
  const hear = (message: WorkerMessage): void => {
    if (message.training === "ready") {
      if (isReady) return;
      isReady = true;
      expectWord();
      try {
        send({ training: "start", input, beat: Math.max(1, Math.floor(limits.silence / BEATS)) });
      } catch (error) {
        fail(
          "unsendable",
          "the input cannot be sent to a worker: give numbers, texts, arrays, plain objects.",
          error,
        );
      }
      if (signal?.aborted) abort();
      return;
    }
    expectWord();
    if (message.training === "event") {
      const { event } = message;
      if (event.type === "checkpoint" || event.type === "restore") checkpoint = event.step;
      // One after the other, as in `train`.
      told = told.then(() => teller.tell(event));
      told.catch(reject);
    } else if (message.training === "done") {
      clock.clear();
      void told.then(() => resolve(message.end), reject);
    } else if (message.training === "failed") {
      clock.clear();
      const error = received(message.error);
      void told.then(
        () => fail("threw", `the run in the worker threw ${error.name}: ${error.message}`, error),
        reject,
      );
    }
  };
  const fault = (error: unknown): void => {
    const said =
      error instanceof Error ? error.message : (error as { message?: unknown } | undefined)?.message;
    const reason = typeof said === "string" && said !== "" ? `: ${said}` : "";
    if (isReady) fail("threw", `the worker threw an error that nobody caught${reason}.`, error);
    else {
      fail(
        "load",
        `the worker could not be loaded${reason || ", and the browser does not say why"}. Is its file served, as ` +
          `JavaScript, and allowed by the policy of the page (worker-src)?`,
        error,
      );
    }
  };
  const lost = () => fail("unsendable", "the worker has sent what cannot be copied.");
  const take = (data: unknown) => isMessage(data) && hear(data as WorkerMessage);
  if ("addEventListener" in worker) {
    worker.addEventListener("message", (event) => take((event as { data: unknown }).data));
    worker.addEventListener("error", fault);
    worker.addEventListener("messageerror", lost);
  } else {
    worker.on("message", take);
    worker.on("error", fault);
    worker.on("messageerror", lost);
    worker.on("exit", (code) => {
      void told.then(() => fail("silent", `the worker has exited with the code ${String(code)}.`));
    });
  }
  clock.set(limits.start, () =>
    fail(
      "timeout",
      `the worker did not call serveTraining within ${limits.start} ms: { limits: { start: … } }.`,
    ),
  );
  signal?.addEventListener("abort", abort);
  const outcome = await promise.then(
    (end) => ({ end }),
    (error: unknown) => ({ error }),
  );
  signal?.removeEventListener("abort", abort);
  clock.clear();
  void worker.terminate();
  const failures = await teller.close();
  // An error that ended the run is the one to tell.
  if ("error" in outcome) throw outcome.error;
  if (failures.length > 0) throw failures[0];
  return outcome.end;
}

/** Timers count up to here, in milliseconds. */
const LONGEST = 2 ** 31 - 1;

/** How long messages have that came while a page was frozen, or a laptop asleep, before a time counts as over. */
const GRACE = 1000;

/** Calls back at the end of a time, unless that is put off. */
class Deadline {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isHeld = false;

  set(milliseconds: number, onOver: () => void): void {
    if (this.isHeld) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(
      () => (this.timer = setTimeout(onOver, Math.min(milliseconds, GRACE))),
      Math.min(milliseconds, LONGEST),
    );
  }

  /** Nothing puts it off any more. */
  hold(): void {
    this.isHeld = true;
  }

  clear(): void {
    clearTimeout(this.timer);
    this.isHeld = true;
  }
}

function checked<Input>(make: unknown, options: TrainInWorkerOptions<Input>) {
  checkFunction("trainInWorker", "make", make ?? null);
  checkNames(
    "trainInWorker",
    options,
    ["input", "signal", "on", "watch", "limits"],
    "trainInWorker(() => worker)",
  );
  const { input, signal, limits = {} } = options;
  if (signal !== undefined && !(typeof signal === "object" && signal !== null && "aborted" in signal)) {
    throw new InvalidArgumentError(`trainInWorker: signal: expected an AbortSignal, got ${found(signal)}.`);
  }
  checkListeners("trainInWorker", options.on, options.watch);
  checkNames(
    "trainInWorker: limits",
    limits,
    ["start", "silence", "abort"],
    "{ limits: { silence: 120_000 } }",
  );
  for (const [name, limit] of Object.entries(limits)) {
    checkNumber("trainInWorker: limits", name, limit, { least: 1 });
  }
  const { start = 30_000, silence = 60_000, abort = 10_000 } = limits;
  return { input, signal, limits: { start, silence, abort } };
}

function withResolvers<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  // Somebody waits for it only once the worker is there.
  promise.catch(() => {});
  return { promise, resolve, reject };
}
