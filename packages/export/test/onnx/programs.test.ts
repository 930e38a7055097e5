/** @file Random programs of elementwise kernels, reductions and changes of shape give in ONNX Runtime what they give here. */
import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import * as fc from "fast-check";
import { test } from "vitest";
import { expectSame } from "./support/check.ts";
import { testChecker } from "./support/checker.ts";

/** One step of a program: from the tensors so far, of which the first keeps the batch as its first axis. */
type Step = (stack: tf.Tensor[]) => tf.Tensor;

const pick = (stack: tf.Tensor[], i: number) => stack[i % stack.length]!;

/** The values stay small, so that rounding does. */
const UNARY: ((x: tf.Tensor) => tf.Tensor)[] = [
  tf.tanh,
  tf.sigmoid,
  tf.relu,
  tf.abs,
  tf.neg,
  tf.softplus,
  tf.elu,
  (x) => tf.clipByValue(x, -0.7, 0.9),
  (x) => tf.square(tf.tanh(x)),
  (x) => tf.sqrt(tf.add(tf.abs(x), 0.1)),
];

const BINARY: ((a: tf.Tensor, b: tf.Tensor) => tf.Tensor)[] = [
  tf.add,
  tf.sub,
  (a, b) => tf.mul(tf.tanh(a), b),
  tf.maximum,
  tf.minimum,
  (a, b) => tf.where(tf.greater(a, b), a, tf.mul(b, 0.5)),
  (a, b) => tf.div(a, tf.add(tf.abs(b), 1)),
];

/** Of tensors `[batch, 3, 4]`, each of the same shape. */
const SHAPES: ((x: tf.Tensor) => tf.Tensor)[] = [
  (x) => tf.reshape(tf.transpose(x, [0, 2, 1]), [-1, 3, 4]),
  (x) => tf.reverse(x, 1),
  (x) => tf.concat([tf.slice(x, [0, 1, 0], [-1, 2, 4]), tf.slice(x, [0, 0, 0], [-1, 1, 4])], 1),
  (x) => tf.sub(x, tf.mean(x, -1, true)),
  (x) => tf.mul(x, tf.expandDims(tf.max(tf.tanh(x), 1), 1)),
  (x) => tf.softmax(x),
  (x) => tf.reshape(tf.add(tf.reshape(x, [-1, 4]), tf.tensor1d([1, 2, 3, 4])), [-1, 3, 4]),
  (x) => tf.stack(tf.unstack(x, 2), 2),
  (x) => tf.reshape(tf.matMul(tf.reshape(x, [-1, 4]), wave([4, 4], 0.5)), [-1, 3, 4]),
  (x) =>
    tf.slice(
      tf.pad(
        x,
        [
          [0, 0],
          [1, 2],
          [0, 1],
        ],
        0.5,
      ),
      [0, 1, 0],
      [-1, 3, 4],
    ),
  (x) => tf.cumsum(tf.tanh(x), 2),
  (x) => tf.tile(tf.slice(x, [0, 1, 0], [-1, 1, 4]), [1, 3, 1]),
  (x) => tf.sub(x, tf.mean(x, 0, true)),
];

const index = fc.nat({ max: 1000 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(fc.constantFrom(...UNARY), index).map(
    ([f, i]): Step =>
      (stack) =>
        f(pick(stack, i)),
  ),
  fc.tuple(fc.constantFrom(...BINARY), index, index).map(
    ([f, i, j]): Step =>
      (stack) =>
        f(pick(stack, i), pick(stack, j)),
  ),
  fc.tuple(fc.constantFrom(...SHAPES), index).map(
    ([f, i]): Step =>
      (stack) =>
        f(pick(stack, i)),
  ),
);

test("random programs, with batches of several sizes", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 12 }), async (steps) => {
      const program = (x: tf.Tensor, y: tf.Tensor) => {
        const stack = [x, y];
        for (const each of steps) stack.push(each(stack));
        return { last: stack.at(-1)!, sum: tf.sum(tf.tanh(stack.at(-2)!), [1, 2]) };
      };
      const args = (batch: number) =>
        [wave([batch, 3, 4], 1.5), wave([batch, 3, 4], 1, 0.7)] as [tf.Tensor, tf.Tensor];
      await expectSame(program, args(2), { dynamicBatch: true, others: [args(1), args(5)] });
    }),
    { numRuns: 25 },
  );
});

testChecker();
