/** @file Random programs of all dtypes, and what they come to exactly. */
import fc from "fast-check";
import { type Exact, PLACES, ORDER, held, OPERATIONS } from "./mixed-operations.ts";

const EDGES = [0, 1, -1, 2, 3, 7, 16_777_217, -16_777_217, 65_537, 46_341, 2 ** 31 - 1, -(2 ** 31), 1000];
const FLOATS = [0.5, -0.5, 1.75, -3.25, 1e-40, 5e-8, 3e9, -3e9, 1e20, NaN, Infinity, -Infinity, 0.1];

export const input: fc.Arbitrary<Exact> = fc.constantFrom(...ORDER).chain((dtype) => {
  const whole = fc.oneof(fc.constantFrom(...EDGES), fc.integer({ min: -50, max: 50 }));
  const element =
    dtype === "bool" ? fc.nat(1) : dtype === "int32" ? whole : fc.oneof(whole, fc.constantFrom(...FLOATS));
  return fc
    .array(element, { minLength: PLACES.length, maxLength: PLACES.length })
    .map((data): Exact => ({ dtype, data: data.map((x) => held(x, dtype)) }));
});

export type Choice = readonly [which: number, first: number, second: number, pick: number];

export const choices = fc.array(fc.tuple(fc.nat(9999), fc.nat(999), fc.nat(999), fc.nat(999)), {
  minLength: 1,
  maxLength: 12,
});

/** The program as operations that suit their operands, and all its values. */
export function exactly(inputs: readonly Exact[], picks: readonly Choice[]) {
  const values = [...inputs];
  const names = Object.keys(OPERATIONS);
  const steps: { name: string; one: number; two: number; pick: number }[] = [];
  for (const [which, first, second, pick] of picks) {
    const one = first % 2 === 0 ? values.length - 1 : first % values.length;
    const two = second % values.length;
    const name = names[which % names.length]!;
    const { fits = () => true, exact } = OPERATIONS[name]!;
    if (!fits(values[one]!, values[two]!)) continue;
    steps.push({ name, one, two, pick });
    values.push(exact(values[one]!, values[two]!, pick));
  }
  return { steps, values: values.slice(inputs.length) };
}
