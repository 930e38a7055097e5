/** @file Which numbers arguments may be: what makes no sense is told, what Optax documents is taken. */
import type { Range } from "./checked-arguments.ts";

const isNumber = (value: number) => !Number.isNaN(value);

/** Any number. */
export const NUMBER: Range = { expected: "a number", holds: isNumber, takesTensors: true };

/** Decays of running means, and shares. */
export const SHARE: Range = {
  expected: "a number from 0 to 1",
  holds: (value) => value >= 0 && value <= 1,
  takesTensors: true,
};

/** What is added to a divisor, and bounds of sizes. */
export const NOT_NEGATIVE: Range = {
  expected: "a number of at least 0",
  holds: (value) => value >= 0,
  takesTensors: true,
};

/** What is divided by. */
export const POSITIVE: Range = {
  expected: "a number above 0",
  holds: (value) => value > 0,
  takesTensors: true,
};

/** How many: none is a number, too. */
export const WHOLE: Range = {
  expected: "an integer of at least 0",
  holds: (value) => Number.isInteger(value) && value >= 0,
  takesTensors: false,
};

/** How many, one at least. */
export const COUNT: Range = {
  expected: "a positive integer",
  holds: (value) => Number.isInteger(value) && value > 0,
  takesTensors: false,
};

/** Steps: where Optax takes what is not above 0 for none. */
export const INTEGER: Range = {
  expected: "an integer",
  holds: (value) => Number.isInteger(value),
  takesTensors: false,
};

/** `range`, or `null` for none. */
export function orNull(range: Range): Range {
  return { ...range, takesNull: true };
}

/** `range`, or a schedule of it. */
export function orSchedule(range: Range): Range {
  return { ...range, takesSchedules: true };
}
