/** @file How long the page waits for what, in milliseconds. */
import type { Question } from "../../protocol/commands.ts";

/** Silence after which an idle or training worker counts as gone; it says every second that it lives. */
export const SILENCE_MS = 10_000;

/** The same while its script loads, and while it loads a backend, compiles, or takes a first step: these may not leave room for a sign of life. */
export const BUSY_SILENCE_MS = 45_000;

/** From its first line to `backends`, and from `start` to `ready`. */
export const START_MS = 90_000;

/** From `pause` to `paused`. */
export const PAUSE_MS = 30_000;

/** From a question to its answer. */
export const ANSWER_MS: Readonly<Record<Question["kind"], number>> = {
  digit: 30_000,
  names: 30_000,
  race: 90_000,
  program: 60_000,
  save: 30_000,
  load: 30_000,
  store: 30_000,
  restore: 30_000,
};
