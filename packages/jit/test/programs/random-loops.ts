/** @file Random loops: bodies of operations on what is carried, slices, constants and a Variable. */
import { cond, scan, Variable } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";

/** A random loop. */
export interface RandomLoop {
  readonly length: number;
  readonly reverse: boolean;
  readonly unroll: number;
  readonly writes: boolean;
  readonly picks: readonly (readonly [operation: number, a: number, b: number])[];
}

/** Loops of up to six turns. */
export const loops: fc.Arbitrary<RandomLoop> = fc.record({
  length: fc.integer({ min: 1, max: 6 }),
  reverse: fc.boolean(),
  unroll: fc.constantFrom(1, 1, 1, 2, 3),
  writes: fc.boolean(),
  picks: fc.array(fc.tuple(fc.nat(99), fc.nat(99), fc.nat(99)), { minLength: 1, maxLength: 7 }),
});

/** What a loop works on. */
export interface Operands {
  readonly c: tf.Tensor;
  readonly d: tf.Tensor;
  readonly xs: tf.Tensor;
  readonly ss: tf.Tensor;
  readonly weight: tf.Tensor;
}

const ROWS = 2;
const COLUMNS = 3;

/** The operands with the wave of this phase. */
export function operandsOf(
  { length }: RandomLoop,
  wave: (shape: number[], phase: number) => tf.Tensor,
): Operands {
  return {
    c: wave([ROWS, COLUMNS], 0.1),
    d: wave([COLUMNS], 0.2),
    xs: wave([length, ROWS, COLUMNS], 0.3),
    ss: wave([length], 0.4),
    weight: wave([COLUMNS, COLUMNS], 0.5),
  };
}

type Step = (a: tf.Tensor, b: tf.Tensor, weight: tf.Tensor, inner: Wrap) => tf.Tensor;

/** How loops within loops run. */
type Wrap = typeof scan;

const matrix = (x: tf.Tensor) => tf.broadcastTo(x, [ROWS, COLUMNS]);

/** Sums of the same elements in another order are equal but for rounding, which must not decide. */
const APART = 0.0137;

const STEPS: readonly Step[] = [
  (a) => tf.tanh(a),
  (a) => tf.sigmoid(a),
  (a) => tf.sin(a),
  (a, b) => tf.add(a, b),
  (a, b) => tf.mul(a, b),
  (a, b) => tf.sub(a, tf.mul(b, 0.5)),
  (a, b) => tf.where(tf.greater(matrix(a), tf.add(matrix(b), APART)), matrix(a), tf.mul(matrix(b), 0.5)),
  (a, _, weight) => tf.matMul(matrix(a), weight),
  (a, _, weight) => tf.tanh(tf.matMul(matrix(a), tf.softmax(weight), false, true)),
  (a) => tf.mean(matrix(a), 0),
  (a) => tf.sum(a),
  (a) => tf.reverse(matrix(a), 1),
  (a, b) =>
    tf.concat([tf.slice(matrix(a), [0, 0], [1, COLUMNS]), tf.slice(matrix(b), [1, 0], [1, COLUMNS])], 0),
  (a, b) =>
    cond(
      tf.greater(tf.sum(a), tf.add(tf.sum(b), APART)),
      () => tf.tanh(matrix(a)),
      () => tf.mul(matrix(b), tf.sigmoid(tf.sum(a))),
    ),
  (a, b, weight, inner) =>
    inner(
      (carry: tf.Tensor, row: tf.Tensor) => {
        const next = tf.tanh(tf.add(tf.dot(carry, weight), row));
        return [next, tf.mul(next, tf.mean(b))] as const;
      },
      tf.mean(matrix(b), 0),
      matrix(a),
    )[1],
  (a, b, _, inner) =>
    cond(
      tf.less(tf.sum(b), 0),
      () =>
        inner(
          (carry: tf.Tensor, row: tf.Tensor) => {
            const next = cond(
              tf.greater(tf.sum(row), 0),
              () => tf.mul(carry, 0.5),
              () => tf.add(carry, tf.mean(row)),
            );
            return [next, tf.mul(row, next)] as const;
          },
          tf.scalar(0.3) as tf.Tensor,
          matrix(a),
        )[1],
      () => tf.add(matrix(a), matrix(b)),
    ),
];

/** Runs a loop: the sum of all that it gives, with weights, and what the Variable holds after it. */
export function run(loop: RandomLoop, operands: Operands, statistic: Variable, how: Wrap): tf.Scalar {
  const { weight } = operands;
  const body = ([c, d]: [tf.Tensor, tf.Tensor], [x, s]: [tf.Tensor, tf.Tensor]) => {
    const values = [x, s, d, statistic.value, c];
    for (const [operation, a, b] of loop.picks) {
      const step = STEPS[operation % STEPS.length]!;
      // The latest value is an operand more often than chance would have it.
      const first = values[a % 2 === 0 ? values.length - 1 : a % values.length]!;
      values.push(step(first, values[b % values.length]!, weight, how));
    }
    const last = matrix(values.at(-1)!);
    if (loop.writes) statistic.value = tf.add(tf.mul(statistic.value, 0.9), tf.mul(0.1, tf.mean(last)));
    const next: [tf.Tensor, tf.Tensor] = [tf.tanh(tf.add(last, c)), tf.tanh(tf.add(tf.mean(last, 0), d))];
    return [next, [last, tf.sum(values.at(-2)!)] as [tf.Tensor, tf.Tensor]] as const;
  };
  const { length, reverse, unroll } = loop;
  const [carry, ys] = how(
    body,
    [operands.c, operands.d] as [tf.Tensor, tf.Tensor],
    [operands.xs, operands.ss] as [tf.Tensor, tf.Tensor],
    { length, reverse, unroll },
  );
  const parts = [...carry, ...ys, statistic.value].map((part, i) =>
    tf.sum<tf.Scalar>(tf.mul(part, tf.sin(tf.add(tf.reshape(tf.range(0, part.size), part.shape), 0.7 + i)))),
  );
  return tf.addN<tf.Scalar>(parts);
}

/** `scan` by JavaScript alone. */
export const written: Wrap = ((
  fn: (carry: unknown, x: unknown) => readonly [unknown, unknown],
  init: unknown,
  xs: tf.Tensor | tf.Tensor[],
  { reverse = false } = {},
) => {
  const unstacked = [xs].flat().map((x) => tf.unstack(x));
  const length = unstacked[0]!.length;
  let carry = init;
  const ys: tf.Tensor[][] = [];
  let isList = true;
  for (let turn = 0; turn < length; turn++) {
    const at = reverse ? length - 1 - turn : turn;
    const slices = unstacked.map((x) => x[at]!);
    const [next, y] = fn(carry, Array.isArray(xs) ? slices : slices[0]!);
    carry = next;
    isList = Array.isArray(y);
    ys[at] = [y].flat() as tf.Tensor[];
  }
  const stacked = ys[0]!.map((_, i) => tf.stack(ys.map((y) => y[i]!)));
  return [carry, isList ? stacked : stacked[0]!];
}) as unknown as Wrap;
