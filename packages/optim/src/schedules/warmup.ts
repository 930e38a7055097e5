/** @file Schedules that begin with a warm-up along a line. */
import { assertOptions, assertNumber } from "../checked-arguments.ts";
import { exponentialDecay, type ExponentialDecayOptions } from "./exponential-decay.ts";
import { joinSchedules } from "./join.ts";
import { linearSchedule } from "./polynomial.ts";
import type { Schedule } from "./schedule.ts";
import { INTEGER, NUMBER } from "../ranges.ts";

/**
 * From `initValue` to `peakValue` along a line of `warmupSteps` steps, where it stays.
 *
 * @see optax.warmup_constant_schedule
 */
export function warmupConstantSchedule(initValue: number, peakValue: number, warmupSteps: number): Schedule {
  return linearSchedule(initValue, peakValue, warmupSteps);
}

/** Options of {@link warmupExponentialDecaySchedule}; `transitionBegin` counts from the end of the warm-up. */
export interface WarmupExponentialDecayOptions extends ExponentialDecayOptions {}

/**
 * From `initValue` to `peakValue` along a line of `warmupSteps` steps, then `exponentialDecay` from there.
 *
 * @see optax.warmup_exponential_decay_schedule
 */
export function warmupExponentialDecaySchedule(
  initValue: number,
  peakValue: number,
  warmupSteps: number,
  transitionSteps: number,
  decayRate: number,
  options: WarmupExponentialDecayOptions = {},
): Schedule {
  assertOptions(options, "warmupExponentialDecaySchedule", {
    transitionBegin: INTEGER,
    staircase: true,
    endValue: NUMBER,
  });
  assertNumber(warmupSteps, "warmupSteps", "warmupExponentialDecaySchedule");
  return joinSchedules(
    [
      linearSchedule(initValue, peakValue, warmupSteps),
      exponentialDecay(peakValue, transitionSteps, decayRate, options),
    ],
    [warmupSteps],
  );
}
