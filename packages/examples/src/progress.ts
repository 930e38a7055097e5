/** @file A progress bar on the standard error stream, quiet where nobody watches. */
import { Presets, SingleBar } from "cli-progress";
import type { WriteStream } from "node:tty";

/** A running progress bar. */
export interface Progress {
  /**
   * Moves the bar.
   *
   * @param done how many of the total are done
   * @param note what to show behind the bar, such as the last loss
   */
  update(done: number, note?: string): void;
  /** Ends the bar and gives the line back to the terminal. */
  stop(): void;
}

/**
 * Starts a progress bar, or a silent stand-in where `stream` is not a terminal: a log or a pipe stays clean.
 *
 * @param label what is counted
 * @param total how many there are
 */
export function startProgress(
  label: string,
  total: number,
  stream: NodeJS.WritableStream & Pick<WriteStream, "isTTY"> = process.stderr,
): Progress {
  if (!stream.isTTY) return { update() {}, stop() {} };
  const bar = new SingleBar(
    {
      stream,
      format: `${label} {bar} {value}/{total} · {eta_formatted} left · {note}`,
      hideCursor: true,
      // The caller decides what an interrupt does, and then calls `stop`.
      gracefulExit: false,
    },
    Presets.shades_classic,
  );
  bar.start(total, 0, { note: "" });
  return {
    update: (done, note = "") => bar.update(done, { note }),
    stop: () => bar.stop(),
  };
}
