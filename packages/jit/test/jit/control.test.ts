/** @file Loops and branches in compiled functions: how often what is compiled, and what other threads do. */
import { jit } from "@nnx-js/jit";
import {
  foriLoop,
  Linear,
  LSTMCell,
  OptimizedLSTMCell,
  RNN,
  Rngs,
  scan,
  valueAndGrad,
  whileLoop,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

test("however long a loop is, its body is compiled once", () => {
  const cell = new LSTMCell(3, 4, { rngs: new Rngs(0) });
  const layer = new RNN(cell);
  using step = jit((layer: RNN<LSTMCell>, x: tf.Tensor) =>
    valueAndGrad((layer: RNN<LSTMCell>) => tf.mean<tf.Scalar>(layer.forward(x)))(layer),
  );
  const lines = (length: number) => step.lower(layer, tf.zeros([2, length, 3])).split("\n").length;
  expect(lines(400)).toBe(lines(50));
});

test("sequences of any length up to a bound share one program", () => {
  const layer = new RNN(new LSTMCell(3, 4, { rngs: new Rngs(0) }), { returnCarry: true });
  let traces = 0;
  using run = jit((x: tf.Tensor, lengths: tf.Tensor) => {
    traces++;
    return layer.forward(x, { seqLengths: lengths, returnCarry: true })[0][1];
  });
  const x = new Rngs(1).normal([2, 6, 3]);
  for (const lengths of [
    [6, 2],
    [1, 4],
    [3, 3],
  ]) {
    const given = tf.tensor1d(lengths, "int32");
    const expected = layer.forward(x, { seqLengths: given, returnCarry: true })[0][1].dataSync();
    const found = run(x, given).dataSync();
    expect(Math.max(...found.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(1e-6);
  }
  expect(traces).toBe(1);
});

test("the number of turns may differ from call to call", () => {
  let traces = 0;
  using run = jit((x: tf.Tensor, turns: tf.Tensor) => {
    traces++;
    const doubled = whileLoop(
      (x: tf.Tensor) => tf.less(tf.sum(x), 100),
      (x) => tf.mul(x, 2),
      x,
    );
    return foriLoop(0, turns, (_, x: tf.Tensor) => tf.add(x, 1), doubled);
  });
  for (const [first, turns] of [
    [3, 0],
    [200, 5],
    [7, 1000],
  ] as const) {
    let expected = first as number;
    while (expected < 100) expected *= 2;
    expect(run(tf.scalar(first), tf.scalar(turns, "int32")).dataSync()[0]).toBe(expected + turns);
  }
  expect(traces).toBe(1);
});

test("threads share large steps of a body, and figures stay the same", () => {
  const rngs = new Rngs(0);
  const layer = new Linear(192, 192, { rngs });
  const f = (x: tf.Tensor) =>
    scan(
      (c: tf.Tensor, x: tf.Tensor) => {
        const next = tf.tanh(layer.forward(tf.add(c, x)));
        return [next, tf.mean(next)] as const;
      },
      tf.zeros<tf.Rank>([65, 192]),
      x,
    );
  const x = rngs.normal([7, 65, 192]);
  using run = jit(f);
  const [expected] = f(x);
  for (let i = 0; i < 4; i++) {
    const [found] = run(x);
    expect(tf.max(tf.abs(tf.sub(found, expected))).dataSync()[0]).toBeLessThan(1e-4);
  }
});

test.each([false, true])("gradients of weights are products over all turns, reversed: %s", (reverse) => {
  const rngs = new Rngs(0);
  const layer = new RNN(new OptimizedLSTMCell(3, 4, { rngs }), { reverse });
  const [x, weights] = [rngs.normal([2, 5, 3]), rngs.normal([2, 5, 4])];
  const gradientOf = (layer: RNN<OptimizedLSTMCell>) =>
    valueAndGrad((layer: RNN<OptimizedLSTMCell>) => tf.sum<tf.Scalar>(tf.mul(layer.forward(x), weights)))(
      layer,
    );
  using step = jit(gradientOf);
  const text = step.lower(layer);
  // Rows of all turns of the input; of what was carried those after the first.
  expect(text).toMatch(/matmul 3x10x16/);
  expect(text).toMatch(/matmul 4x8x16/);
  // Gates, the activated memory and the memory that came in: the outputs are stacked once.
  const scans = text.split("\n").filter((line) => line.includes("= Scan("));
  expect(scans[0]!.split("=")[0]!.match(/\[5,/g)?.length).toBe(7);
  const [, expected] = gradientOf(layer);
  const [, found] = step(layer);
  for (const path of [["cell", "denseI", "kernel"], ["cell", "denseH", "kernel"], ["cell", "denseH", "bias"]])
    expect(tf.max(tf.abs(tf.sub(found.leaf(...path).value, expected.leaf(...path).value))).dataSync()[0]).toBeLessThan(1e-5); // prettier-ignore
});
