/** @file Schedules one after the other. */
import { assertInRange, assertList, found, type Range } from "../checked-arguments.ts";
import { InvalidArgumentError, madeBy } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { NOT_NEGATIVE } from "../ranges.ts";
import type { Schedule } from "./schedule.ts";

const BOUNDARY: Range = { ...NOT_NEGATIVE, takesTensors: false };

/**
 * `schedules[0]` until step `boundaries[0]`, then `schedules[1]` until `boundaries[1]`, and so on; each counts from
 * its own beginning.
 *
 * @param boundaries one less than there are schedules, ascending
 * @throws InvalidArgumentError when the numbers of schedules and boundaries do not fit, for what is no schedule, and for
 *   boundaries that do not ascend
 * @see optax.join_schedules
 */
export function joinSchedules(schedules: readonly Schedule[], boundaries: readonly number[]): Schedule {
  const repair = "joinSchedules([warmup, decay], [100])";
  assertList(schedules, "schedules", "joinSchedules", repair);
  assertList(boundaries, "steps", "joinSchedules", repair);
  const [first, ...others] = schedules;
  const begins = Object.freeze([...boundaries]);
  if (first === undefined || boundaries.length !== others.length) {
    throw new InvalidArgumentError(
      `joinSchedules: expected one boundary less than schedules, got ${schedules.length} schedules and ` +
        `${boundaries.length} boundaries. For instance joinSchedules([warmup, decay], [100]).`,
    );
  }
  for (const [i, schedule] of schedules.entries()) {
    const repair = typeof schedule === "number" ? ` Write constantSchedule(${String(schedule)}).` : "";
    if (typeof schedule !== "function") {
      throw new InvalidArgumentError(
        `joinSchedules: expected a schedule at ${i}, got ${found(schedule)}.${repair}`,
      );
    }
  }
  for (const [i, begin] of begins.entries()) {
    assertInRange(begin, BOUNDARY, `boundary ${i}`, "joinSchedules");
    if (i === 0 || begins[i - 1]! <= begin) continue;
    throw new InvalidArgumentError(
      `joinSchedules: expected ascending boundaries, got ${begins.join(", ")}. Sort them, and the schedules.`,
    );
  }
  const joined: Schedule = (step) =>
    others.reduce((value: tf.Tensor | number, schedule, i) => {
      const boundary = tf.scalar(begins[i]!, Number.isInteger(begins[i]) ? "int32" : "float32");
      const next = schedule(tf.sub(step, boundary));
      return tf.where(tf.less(step, boundary), value, next);
    }, first(step));
  return madeBy(joined, joinSchedules, [Object.freeze([first, ...others]), begins]);
}
