/** @file How often something is done. */
import { InvalidArgumentError } from "@nnx-js/nn";
import { found } from "../check.ts";

/** Every so many steps, or at the end of every so many passes. A number counts steps. */
export type Every =
  | number
  | { readonly steps: number; readonly epochs?: never }
  | { readonly epochs: number; readonly steps?: never };

/** Where a run is, as far as that decides what is due. */
export interface Moment {
  readonly step: number;
  readonly epoch: number;
  /** Whether a pass has ended here. */
  readonly isEpochEnd: boolean;
  /** Whether no step will come after it, as far as the options and the data tell. */
  readonly isEnd?: boolean | undefined;
}

/** Whether something is due. */
export function isDue(every: Every, { step, epoch, isEpochEnd }: Moment): boolean {
  const steps = typeof every === "number" ? every : every.steps;
  if (steps !== undefined) return step > 0 && step % steps === 0;
  return isEpochEnd && (epoch + 1) % (every as { epochs: number }).epochs === 0;
}

/** @throws InvalidArgumentError for what does not say how often */
export function checkEvery(name: string, every: unknown): void {
  if (every === undefined || isCount(every)) return;
  if (typeof every === "object" && every !== null && Object.keys(every).length === 1) {
    const [[unit, count]] = Object.entries(every) as [[string, unknown]];
    if ((unit === "steps" || unit === "epochs") && isCount(count)) return;
  }
  const got = typeof every === "object" && every !== null ? JSON.stringify(every) : found(every);
  throw new InvalidArgumentError(
    `train: ${name}: expected how often, got ${got}. Write ${name}: 100 for every 100 steps, or ${name}: { epochs: 1 }.`,
  );
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 1;
}
