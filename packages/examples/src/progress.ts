/** @file A progress bar on the standard error stream, quiet where nobody watches. */
import { Presets, SingleBar } from "cli-progress";
import type { WriteStream } from "node:tty";

/** A running progress bar. */
export interface Progress {
  /**
   * Moves the bar.
   *
   * @param done how many are done
   * @param total how many there are
   * @param note what to show behind the bar, such as the last loss
   */
  update(done: number, total: number, note?: string): void;
  /** Ends the bar and gives the line back to the terminal. */
  stop(): void;
}

/**
 * Starts a progress bar, or a silent stand-in where `stream` is not a terminal: a log or a pipe stays clean.
 *
 * @param label what is counted
 */
export function startProgress(
  label: string,
  stream: NodeJS.WritableStream & Pick<WriteStream, "isTTY"> = process.stderr,
): Progress {
  if (!stream.isTTY) return { update() {}, stop() {} };
  const bar = new SingleBar(
    {
      stream,
      format: `${label} {bar} {value}/{total} · {eta_formatted} left · {note}`,
      // The caller decides what an interrupt does, and then calls `stop`.
      gracefulExit: false,
    },
    Presets.shades_classic,
  );
  bar.start(1, 0, { note: "" });
  return {
    update(done, total, note = "") {
      bar.setTotal(total);
      bar.update(done, { note });
    },
    stop: () => bar.stop(),
  };
}
