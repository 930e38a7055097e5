/** @file What the worker is: commands in their order, steps in between, and no failure that ends it. */
import type { AskCommand, Command, StartCommand } from "../protocol/commands.ts";
import type { WorkerEvent } from "../protocol/events.ts";
import type { BackendName } from "../protocol/settings.ts";
import { answerTo } from "./answers.ts";
import { Backends, type BackendsOptions, lossOfDevice } from "./backends.ts";
import { CommandError, DeviceGoneError, faultOf } from "./faults.ts";
import { readRun } from "./files.ts";
import { endWaits, turn } from "./limit.ts";
import { Reports } from "./reports.ts";
import { Run } from "./run.ts";
import { TASKS } from "./tasks/index.ts";
import type { Assets } from "./tasks/task.ts";

/** What a session needs of its surroundings. */
export interface SessionOptions extends BackendsOptions {
  /** Tells the page; `transfer` is given away. */
  readonly send: (event: WorkerEvent, transfer?: readonly ArrayBuffer[]) => void;
  readonly assets: Assets;
}

/** How long steps follow each other before messages are let in, in milliseconds. */
const BURST = 12;
/** How long nothing has to happen before what single steps have changed is saved, in milliseconds. */
const CALM = 250;

/** Takes commands, and tells what comes of them. */
export class Session {
  private readonly options: SessionOptions;
  private readonly backends: Backends;
  private readonly reports: Reports;
  private readonly commands: Command[] = [];
  private run: Run | undefined;
  private isPlaying = false;
  /** Something failed where nobody waits for it. */
  private failure: { readonly error: unknown } | undefined;
  private wake: (() => void) | undefined;
  private isOver = false;

  constructor(options: SessionOptions) {
    this.options = options;
    this.backends = new Backends(options);
    this.reports = new Reports(options.send, (error) => this.failLater(error));
  }

  /** Takes a command; it is carried out after those before it. */
  receive(command: Command): void {
    this.commands.push(command);
    this.wake?.();
  }

  /** Serves until `close`. */
  async serve(): Promise<void> {
    try {
      await this.backends.probe();
    } catch (error) {
      this.failLater(error);
    }
    this.options.send(this.backends.event);
    while (!this.isOver) {
      try {
        if (this.failure) throw this.failure.error;
        await this.next();
      } catch (error) {
        await this.fail(error);
      }
    }
    await this.end();
  }

  /** Ends `serve`, and frees the model. */
  close(): void {
    this.isOver = true;
    this.wake?.();
  }

  private async next(): Promise<void> {
    const command = this.commands.shift();
    if (command) await this.carryOut(command);
    else if (this.isPlaying) await this.burst(this.current("play"));
    else await this.idle();
  }

  private async carryOut(command: Command): Promise<void> {
    switch (command.type) {
      case "start":
        return await this.start(command);
      case "play":
        this.current("play");
        this.isPlaying = true;
        this.reports.begin();
        return;
      case "pause":
        return await this.pause();
      case "step":
        return await this.single(this.current("step"));
      case "learningRate":
        return this.current("learningRate").setLearningRate(command.value);
      case "mode": {
        const run = this.current("mode");
        run.setMode(command.view, command);
        if (command.view === "eval" && !this.isPlaying) run.measureAgain();
        this.options.send({ type: "trees", trees: run.trees });
        this.reports.changed();
        return;
      }
      case "ask":
        return await this.answer(command);
    }
  }

  private async start({ settings, from }: StartCommand): Promise<void> {
    await this.end();
    await this.backends.choose(settings.backend, () => this.options.send(this.backends.event));
    this.watchDevice(settings.backend);
    const { seed, learningRate } = settings;
    const task = await TASKS[settings.task]({ seed, learningRate, assets: this.options.assets });
    const run = new Run(settings, task);
    try {
      if (from) await readRun(run, from);
      run.setLearningRate(learningRate);
    } catch (error) {
      await run.dispose();
      throw error;
    }
    this.run = run;
    this.reports.reset(from !== undefined);
    this.options.send({ type: "ready", settings, trees: run.trees, step: run.step });
    // What ends this worker now takes nothing with it.
    const snapshot = from ? undefined : this.reports.firstSnapshot(run);
    await Promise.all([snapshot, this.reports.picture(run)]);
  }

  private async burst(run: Run): Promise<void> {
    const end = performance.now() + BURST;
    do await run.advance();
    while (
      performance.now() < end &&
      this.commands.length === 0 &&
      !this.failure &&
      !this.reports.isAhead(run)
    );
    await this.reports.during(run);
    await turn();
  }

  private async single(run: Run): Promise<void> {
    if (this.isPlaying) throw new CommandError("a single step is taken while paused");
    await run.advance(true);
    await this.reports.afterStep(run);
  }

  private async pause(): Promise<void> {
    const { run } = this;
    this.isPlaying = false;
    if (run) await this.reports.all(run);
    this.options.send({ type: "paused", step: run?.step ?? 0 });
    if (run) await this.reports.snapshot(run);
  }

  /** Waits for a command; when none comes, tells what the last ones have changed. */
  private async idle(): Promise<void> {
    const { run } = this;
    const hasNews = run !== undefined && (this.reports.isDirty || this.reports.isUnsaved);
    await this.arrival(hasNews ? CALM : undefined);
    if (hasNews && this.commands.length === 0 && !this.failure) {
      if (this.reports.isDirty) await this.reports.all(run);
      await this.reports.snapshot(run);
    }
  }

  private arrival(milliseconds: number | undefined): Promise<void> {
    if (this.commands.length > 0 || this.failure || this.isOver) return Promise.resolve();
    return new Promise((resolve) => {
      const arrived = () => {
        clearTimeout(timer);
        this.wake = undefined;
        resolve();
      };
      const timer = milliseconds === undefined ? undefined : setTimeout(arrived, milliseconds);
      this.wake = arrived;
    });
  }

  private async answer({ id, question }: AskCommand): Promise<void> {
    try {
      const run = this.current(question.kind);
      const { value, transfer, hasChanged } = await answerTo(question, run);
      if (hasChanged) {
        run.setLearningRate(run.learningRate);
        this.options.send({ type: "trees", trees: run.trees });
        this.reports.changed();
      }
      this.options.send({ type: "answer", id, result: { ok: true, value } }, transfer);
    } catch (error) {
      const fault = faultOf(error, this.reports.hasSnapshot);
      this.options.send({ type: "answer", id, result: { ok: false, fault } });
    }
  }

  private current(asked: string): Run {
    if (this.run) return this.run;
    throw new CommandError(`expected a model that is started before "${asked}", found none`);
  }

  private async end(): Promise<void> {
    const { run } = this;
    this.run = undefined;
    this.isPlaying = false;
    await this.reports.settle().catch(() => {});
    await run?.dispose();
  }

  /** Pauses, and tells why. What there was before is told first, as far as it can still be had. */
  private async fail(error: unknown): Promise<void> {
    const { run } = this;
    const wasPlaying = this.isPlaying;
    this.isPlaying = false;
    const cause = error instanceof CommandError ? undefined : await causeInDevice();
    const fault = faultOf(cause ?? error, this.reports.hasSnapshot);
    await this.reports.settle().catch(() => {});
    this.failure = undefined;
    if (run && fault.cause === "device-lost") await this.end().catch(() => {});
    if (wasPlaying) this.options.send({ type: "paused", step: run?.step ?? 0 });
    this.options.send({ type: "fault", fault });
  }

  private failLater(error: unknown): void {
    this.failure ??= { error };
    this.wake?.();
  }

  private watchDevice(backend: BackendName): void {
    void lossOfDevice()?.then((reason) => {
      // One that was given back has no run any more.
      if (this.run?.settings.backend !== backend) return;
      const error = new DeviceGoneError(reason);
      this.failLater(error);
      endWaits(error);
    });
  }
}

/** Reads fail before a device says that it is lost: the loss, if one is told within so many milliseconds. */
async function causeInDevice(milliseconds = 200): Promise<DeviceGoneError | undefined> {
  const loss = lossOfDevice();
  if (!loss) return undefined;
  const later = new Promise<undefined>((resolve) => setTimeout(resolve, milliseconds, undefined));
  const reason = await Promise.race([loss, later]);
  return reason === undefined ? undefined : new DeviceGoneError(reason);
}
