/** @file What the page is told of a run without asking: losses, pictures, snapshots; and how often. */
import type { LossPoint, WorkerEvent } from "../protocol/events.ts";
import { NotFiniteError } from "./faults.ts";
import { bytesOf } from "./files.ts";
import { Lead } from "./lead.ts";
import { withLimit } from "./limit.ts";
import { firstNotFinite } from "./losses.ts";
import { Pace } from "./pace.ts";
import { Rate } from "./rate.ts";
import type { Run } from "./run.ts";

type Send = (event: WorkerEvent, transfer?: readonly ArrayBuffer[]) => void;

/** Milliseconds between two reports, and the share of the time that making them may take. */
const [PROGRESS, PICTURE, SNAPSHOT] = [50, 100, 3000];
const [PICTURE_SHARE, SNAPSHOT_SHARE] = [0.2, 0.1];

/** Tells the page. Nothing here makes a step wait, but for losses that the device is behind with. */
export class Reports {
  private readonly send: Send;
  private readonly onFailure: (error: unknown) => void;
  private readonly progress = new Pace(PROGRESS);
  private readonly pictures = new Pace(PICTURE, PICTURE_SHARE);
  private readonly snapshots = new Pace(SNAPSHOT, SNAPSHOT_SHARE);
  private readonly rate = new Rate();
  private lead = new Lead();
  /** Losses that were read, and not told. */
  private untold: LossPoint[] = [];
  /** What is under way, by what it is. */
  private readonly pending = new Map<string, Promise<void>>();
  /** The step that the last snapshot is of. */
  private saved: number | undefined;
  /** Whether the page has not seen all that has changed. */
  isDirty = false;
  /** Whether there is something that no snapshot was tried of. */
  isUnsaved = false;
  /** Whether the page has a snapshot of this run. */
  hasSnapshot = false;

  /** @param onFailure told what failed while nobody waited for it */
  constructor(send: Send, onFailure: (error: unknown) => void) {
    this.send = send;
    this.onFailure = onFailure;
  }

  /** A run begins. */
  reset(hasSnapshot: boolean): void {
    this.hasSnapshot = hasSnapshot;
    this.saved = undefined;
    this.isDirty = false;
    this.isUnsaved = false;
    this.lead = new Lead();
    this.untold = [];
    for (const pace of [this.progress, this.pictures]) pace.reset();
  }

  /** Steps begin to follow each other. */
  begin(): void {
    this.rate.begin();
    this.snapshots.note(performance.now());
  }

  /** Something that the pictures show has changed. */
  changed(): void {
    this.isDirty = true;
    this.isUnsaved = true;
    this.saved = undefined;
    this.pictures.reset();
  }

  /** Whether steps have to wait for the device. */
  isAhead(run: Run): boolean {
    return this.lead.isUsedUp(run.losses.size);
  }

  /** Called between steps that follow each other. */
  async during(run: Run): Promise<void> {
    this.isDirty = true;
    this.isUnsaved = true;
    this.rate.note(run.step);
    if (this.progress.isDue || this.isAhead(run)) {
      // Where the device is behind, steps wait for it here.
      await this.pending.get("progress");
      this.background("progress", this.tellProgress(run, this.rate.value));
    }
    if (this.pictures.isDue && !this.pending.has("picture"))
      this.background("picture", this.tellPicture(run));
    if (this.snapshots.isDue && !this.pending.has("snapshot")) {
      this.background("snapshot", this.tellSnapshot(run));
    }
  }

  /** Called after a single step. */
  async afterStep(run: Run): Promise<void> {
    this.isDirty = true;
    this.isUnsaved = true;
    await this.tellProgress(run, null, true);
    if (this.pictures.isDue) await this.picture(run);
  }

  /** Tells all that the page has not seen yet, but for a snapshot. */
  async all(run: Run): Promise<void> {
    await this.settle();
    await this.tellProgress(run, null, true);
    await this.picture(run);
  }

  /** What there is to see. */
  async picture(run: Run): Promise<void> {
    await this.pending.get("picture");
    await this.tellPicture(run);
    this.isDirty = false;
  }

  /** The state from which a new worker can go on, unless the page has it. */
  async snapshot(run: Run): Promise<void> {
    await this.pending.get("snapshot");
    this.isUnsaved = false;
    if (this.saved !== run.step) await this.tellSnapshot(run);
  }

  /** The state of a run that has taken no step, from which a new worker can begin as this one did. */
  async firstSnapshot(run: Run): Promise<void> {
    this.tellState(run.step, await bytesOf(run));
  }

  /** Waits until nothing is under way. */
  async settle(): Promise<void> {
    while (this.pending.size > 0) await Promise.all(this.pending.values());
  }

  private background(name: string, work: Promise<void>): void {
    const done = work.catch(this.onFailure).finally(() => this.pending.delete(name));
    this.pending.set(name, done);
  }

  /** Reads losses; tells them where it is time to, and before a fault. */
  private async tellProgress(run: Run, stepsPerSecond: number | null, isTime = false): Promise<void> {
    const begin = performance.now();
    const { size } = run.losses;
    const points = await withLimit(run.losses.read(), "reading losses");
    this.lead.note(size, performance.now() - begin);
    this.untold.push(...points);
    const bad = firstNotFinite(points);
    if (this.untold.length > 0 && (isTime || bad || this.progress.isDue)) {
      this.progress.note(begin);
      this.send({ type: "progress", points: this.untold, stepsPerSecond });
      this.untold = [];
    }
    if (bad) throw bad;
  }

  private async tellPicture(run: Run): Promise<void> {
    const begin = performance.now();
    try {
      const picture = await withLimit(
        run.look((model) => run.task.picture(model)),
        "making a picture",
      );
      this.send({ type: "picture", picture });
    } finally {
      this.pictures.note(begin);
    }
  }

  private async tellSnapshot(run: Run): Promise<void> {
    const begin = performance.now();
    try {
      const { step } = run;
      // Both are of this moment: nothing is waited for in between.
      const [writing, loss] = [bytesOf(run), run.heldBackLoss()];
      const [bytes, [value]] = await Promise.all([writing, withLimit(loss.data(), "reading a loss")]);
      loss.dispose();
      // What cannot be gone on with would take the place of what can.
      if (!Number.isFinite(value)) throw new NotFiniteError(step, value!);
      this.tellState(step, bytes);
    } finally {
      this.snapshots.note(begin);
    }
  }

  private tellState(step: number, bytes: Uint8Array): void {
    this.send({ type: "snapshot", step, bytes }, [bytes.buffer as ArrayBuffer]);
    this.saved = step;
    this.hasSnapshot = true;
  }
}
