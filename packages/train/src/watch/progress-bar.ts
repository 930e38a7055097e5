/** @file How far a run is, on a terminal or in a log of plain lines. */
import { InvalidArgumentError } from "@nnx-js/nn";
import type { SingleBar } from "cli-progress";
import { checkNames, checkNumber } from "../check.ts";
import type { BeginEvent, LogEvent, TrainEvent, Watcher } from "../loop/events.ts";
import { durationText, figuresText, rateText } from "./durations.ts";
import { nodeProcess } from "./node.ts";

/** Where a progress bar is drawn. */
export interface ProgressStream {
  /** Whether it is a terminal. */
  readonly isTTY?: boolean | undefined;
  /** How many characters a line of the terminal has; 80 where it does not tell. */
  readonly columns?: number | undefined;
  /** Writes a text behind all before it. */
  write(text: string): unknown;
}

/** Options of {@link progressBar}. */
export interface ProgressBarOptions {
  /** Where it is drawn: Node's stderr unless given. */
  stream?: ProgressStream | undefined;
  /** Seconds between two lines where the stream is no terminal. 10 unless given. */
  every?: number | undefined;
}

/**
 * Shows the steps and examples a second, the figures and the time that is left: as a bar on a terminal, by the package
 * `cli-progress`, and as a line now and then where the stream is none.
 *
 * ```ts
 * const run = train({ step, data, watch: progressBar() });
 * ```
 *
 * @throws InvalidArgumentError for wrong options, or without a stream in a browser
 */
export function progressBar(options: ProgressBarOptions = {}): Watcher {
  checkNames("progressBar", options, ["stream", "every"], "progressBar({ every: 60 })");
  const { stream = nodeProcess()?.stderr, every = 10 } = options;
  if (typeof stream?.write !== "function") {
    throw new InvalidArgumentError(
      `progressBar: expected a stream with the method write, got ${stream === undefined ? "none" : typeof stream}. ` +
        `Outside of Node write progressBar({ stream: { write: (text) => … } }), or listen to events: postEvents(port).`,
    );
  }
  checkNumber("progressBar", "every", every, { least: 0, allowsInfinity: true });
  return stream.isTTY ? new Bar(stream) : new Lines(stream, every);
}

/** What is known of a run's pace. */
class Pace {
  begin: BeginEvent | undefined;
  private seconds = 0;
  private steps = 0;

  /** The pace of the last few logs: early steps compile. */
  note({ steps, seconds }: LogEvent): void {
    const kept = this.seconds > 5 ? 0.5 : 1;
    this.steps = this.steps * kept + steps;
    this.seconds = this.seconds * kept + seconds;
  }

  text({ steps, seconds, examples, step }: LogEvent): string {
    const rates = [`${rateText(steps / seconds)} steps/s`];
    if (examples !== undefined) rates.push(`${rateText(examples / seconds)} examples/s`);
    const total = this.begin?.totalSteps;
    if (total !== undefined && this.steps > 0) {
      rates.push(`${durationText(((total - step) * this.seconds) / this.steps)} left`);
    }
    return rates.join(", ");
  }
}

/** Plain lines. */
class Lines implements Watcher {
  private readonly stream: ProgressStream;
  private readonly every: number;
  private readonly pace = new Pace();
  private last = -Infinity;

  constructor(stream: ProgressStream, every: number) {
    this.stream = stream;
    this.every = every;
  }

  event(event: TrainEvent): void {
    const { step, epoch } = event;
    const total = this.pace.begin?.totalSteps;
    const place = `step ${step}${total === undefined ? "" : `/${total}`}, epoch ${epoch}`;
    if (event.type === "begin") {
      this.pace.begin = event;
      this.last = -Infinity;
    } else if (event.type === "log") {
      this.pace.note(event);
      const now = Date.now() / 1000;
      if (now - this.last < this.every) return;
      this.last = now;
      this.say(`${place}: ${figuresText(event.metrics)} (${this.pace.text(event)})`);
    } else if (event.type === "evaluate") this.say(`${place}: evaluated, ${figuresText(event.metrics)}`);
    else if (event.type === "end") this.say(`${place}: ${event.reason}`);
  }

  private say(line: string): void {
    this.stream.write(`${oneLine(line)}\n`);
  }
}

/** A bar that stays in its line. */
class Bar implements Watcher {
  private readonly stream: ProgressStream;
  private readonly pace = new Pace();
  private bar: SingleBar | undefined;
  private evaluated = "";

  constructor(stream: ProgressStream) {
    this.stream = stream;
  }

  async event(event: TrainEvent): Promise<void> {
    if (event.type === "begin") {
      this.pace.begin = event;
      await this.start(event);
    } else if (event.type === "log") {
      this.pace.note(event);
      const parts = [figuresText(event.metrics), this.evaluated, this.pace.text(event)];
      const note = fitted(parts.filter(Boolean).join(" · "), this.columns - this.head(event.step));
      this.bar?.update(event.step, { note });
    } else if (event.type === "evaluate") this.evaluated = figuresText(event.metrics);
  }

  close(): void {
    this.bar?.stop();
    this.bar = undefined;
  }

  /** How long lines may be. A terminal wraps what is longer, and the bar would not stay in its line. */
  private get columns(): number {
    return (this.stream.columns || 80) - 1;
  }

  /** The width of the bar itself. */
  private get barSize(): number {
    return Math.max(4, Math.min(40, Math.floor(this.columns / 3)));
  }

  /** How many characters stand before the note. */
  private head(step: number): number {
    const total = this.pace.begin?.totalSteps;
    return total === undefined ? `step ${step} · `.length : this.barSize + ` ${step}/${total} · `.length;
  }

  private async start({ step, totalSteps }: BeginEvent): Promise<void> {
    const { SingleBar, Presets } = await loadCliProgress();
    const isKnown = totalSteps !== undefined;
    this.bar = new SingleBar(
      {
        stream: this.stream as NodeJS.WritableStream,
        barsize: this.barSize,
        format: isKnown ? "{bar} {value}/{total} · {note}" : "step {value} · {note}",
        // The caller decides what an interrupt does.
        gracefulExit: false,
      },
      Presets.shades_classic,
    );
    this.bar.start(totalSteps ?? 0, step, { note: "" });
  }
}

/** A text without what would end its line, or move the cursor. */
function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- those are meant
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, " ");
}

/** A text of at most `width` columns of a terminal; where it is cut, an ellipsis says so. */
function fitted(text: string, width: number): string {
  const line = oneLine(text);
  let end = 0;
  let cut = 0;
  let columns = 0;
  for (const character of line) {
    // From Hangul on there are scripts whose characters take two columns; of those that take one some are cut off too.
    columns += character.codePointAt(0)! >= 0x1100 ? 2 : 1;
    if (columns > width) return cut === 0 ? "" : `${line.slice(0, cut)}…`;
    end += character.length;
    if (columns < width) cut = end;
  }
  return line;
}

async function loadCliProgress(): Promise<typeof import("cli-progress")> {
  try {
    const loaded = await import("cli-progress");
    // A CommonJS package: some loaders give its exports as the default one.
    return "SingleBar" in loaded ? loaded : (loaded as { default: typeof loaded }).default;
  } catch (error) {
    throw new InvalidArgumentError(
      `progressBar: expected the package cli-progress, which draws the bar, got: ${String(error)}. ` +
        `Install it: npm install cli-progress`,
    );
  }
}
