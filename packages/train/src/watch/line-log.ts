/** @file A log of lines that each belong to a step: a run that goes on continues it. */
import type { TrainEvent } from "../loop/events.ts";
import { type LogSink, type LogTarget, openLog } from "./log-target.ts";

/** Writes lines for events; opens its target with the first one. */
export class LineLog {
  private readonly target: LogTarget;
  private readonly stepOf: (line: string) => number | undefined;
  private readonly head: string;
  private sink: LogSink | undefined;
  private readonly encoder = new TextEncoder();

  /**
   * @param stepOf the step that a line belongs to; undefined for one that is damaged
   * @param head the first line of a new file
   */
  constructor(target: LogTarget, stepOf: (line: string) => number | undefined, head = "") {
    this.target = target;
    this.stepOf = stepOf;
    this.head = head;
  }

  /** Writes the lines of an event. @throws LogError */
  async add(event: TrainEvent, lines: string): Promise<void> {
    if (!this.sink) {
      let isNew = true;
      this.sink = await openLog(this.target, (contents) => {
        const kept = event.step === 0 ? 0 : this.kept(contents, event.step);
        isNew = kept === 0;
        return kept;
      });
      if (isNew && this.head !== "") await this.sink.write(this.encoder.encode(this.head));
    }
    if (lines !== "") await this.sink.write(this.encoder.encode(lines));
  }

  async close(): Promise<void> {
    const { sink } = this;
    this.sink = undefined;
    await sink?.close();
  }

  /** Bytes of the lines up to a step. */
  private kept(contents: Uint8Array, step: number): number {
    const text = new TextDecoder().decode(contents);
    let end = text.startsWith(this.head) ? this.head.length : 0;
    for (;;) {
      const next = text.indexOf("\n", end);
      if (next < 0) break;
      const at = this.stepOf(text.slice(end, next));
      if (at === undefined || at > step) break;
      end = next + 1;
    }
    return this.encoder.encode(text.slice(0, end)).length;
  }
}
