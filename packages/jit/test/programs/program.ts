/** @file Random programs: what they are, and how they run on tensors and exactly. */
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { type Array64, sizeOf } from "./array.ts";
import { OPERATIONS } from "./operations/all.ts";
import type { Operands, Operation } from "./operations/operation.ts";

/** One operation on values that are there already: inputs first, then results, both by their number. */
interface Step {
  readonly operation: Operation;
  readonly operands: Operands<number>;
  readonly pick: number;
}

/** A program of two inputs; its result is a weighted sum of its last value. */
export interface Program {
  readonly inputs: readonly Array64[];
  readonly steps: readonly Step[];
}

/** No value of a program has more elements. */
const LARGEST = 400;

const shapes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 0, maxLength: 3 });

const input: fc.Arbitrary<Array64> = shapes.chain((shape) =>
  fc
    .array(fc.integer({ min: -2000, max: 2000 }), { minLength: sizeOf(shape), maxLength: sizeOf(shape) })
    // Numbers that float32 holds exactly.
    .map((values) => ({ shape, data: values.map((value) => value / 1024) })),
);

const choices = fc.array(fc.tuple(fc.nat(999), fc.nat(999), fc.nat(999), fc.nat(999)), {
  minLength: 1,
  maxLength: 8,
});

/** A program as text, such as `%2 = tanh(%0)`. */
export function describeProgram({ inputs, steps }: Program): string {
  const lines = inputs.map(({ shape, data }, i) => `%${i} = [${shape.join()}] ${data.join()}`);
  for (const [i, { operation, operands, pick }] of steps.entries()) {
    lines.push(`%${inputs.length + i} = ${operation.name}(${operands.map((at) => `%${at}`).join()}) ${pick}`);
  }
  return lines.join("\n");
}

/** Programs of up to eight operations that fit the shapes of what they are applied to. */
export const programs: fc.Arbitrary<Program> = fc
  .tuple(input, input, choices)
  .map(([a, b, picks]) => ({ inputs: [a, b], steps: stepsOf([a, b], picks) }));

function stepsOf(inputs: readonly Array64[], picks: readonly (readonly number[])[]): Step[] {
  const values = [...inputs];
  const steps: Step[] = [];
  for (const [which, first, second, pick] of picks as [number, number, number, number][]) {
    // The latest value is an operand more often than chance would have it.
    const one = first % 2 === 0 ? values.length - 1 : first % values.length;
    const operands: Operands<number> = [one, second % values.length];
    const [x, y] = [values[operands[0]]!, values[operands[1]]!];
    const fitting = OPERATIONS.filter(({ fits }) => fits(x.shape, y.shape));
    const operation = fitting[which % fitting.length]!;
    const value = operation.exact(pick, x, y);
    if (value.data.length > LARGEST) continue;
    values.push(value);
    steps.push({ operation, operands, pick });
  }
  return steps;
}

/** The weight of element `i` of the last value. */
const weight = (i: number) => Math.cos(1 + i) / 2;

/** The result on tensors: a scalar. */
export function runTensors({ steps }: Program, inputs: readonly tf.Tensor[]): tf.Tensor {
  const values = [...inputs];
  for (const { operation, operands, pick } of steps) {
    values.push(operation.tensor(pick, values[operands[0]]!, values[operands[1]]!));
  }
  const last = tf.reshape(values.at(-1)!, [-1]);
  return tf.sum(tf.mul(last, tf.tensor1d(Array.from({ length: last.size }, (_, i) => weight(i)))));
}

/** All values in 64 bits. */
function valuesOf({ steps }: Program, inputs: readonly Array64[]): Array64[] {
  const values = [...inputs];
  for (const { operation, operands, pick } of steps) {
    values.push(operation.exact(pick, values[operands[0]]!, values[operands[1]]!));
  }
  return values;
}

/** The result in 64 bits. */
export function runExactly(program: Program, inputs: readonly Array64[]): number {
  const { data } = valuesOf(program, inputs).at(-1)!;
  return data.reduce((result, value, i) => result + Math.fround(weight(i)) * value, 0);
}

/** The largest number on the way to the result, whose rounding the result shares. */
export function largestOf(program: Program): number {
  return Math.max(...valuesOf(program, program.inputs).flatMap(({ data }) => data.map(Math.abs)));
}

/** The gradient in 64 bits by central differences; undefined next to a kink, where there is none. */
export function differentiateExactly(program: Program): number[] | undefined {
  const gradient: number[] = [];
  for (const [n, { data }] of program.inputs.entries()) {
    for (const i of data.keys()) {
      const at = (h: number) => {
        const inputs = program.inputs.map((each, m) =>
          m === n ? { ...each, data: each.data.map((value, j) => (j === i ? value + h : value)) } : each,
        );
        return runExactly(program, inputs);
      };
      const slope = (h: number) => (at(h) - at(-h)) / (2 * h);
      const [fine, coarse] = [slope(1e-5), slope(2e-5)];
      // A smooth function gives the same from both sides; ties and corners do not.
      const [left, right] = [(at(0) - at(-1e-6)) / 1e-6, (at(1e-6) - at(0)) / 1e-6];
      const scale = 1 + Math.abs(fine);
      if (Math.abs(fine - coarse) > 1e-7 * scale || Math.abs(left - right) > 1e-3 * scale) return undefined;
      gradient.push(fine);
    }
  }
  return gradient;
}
