/** @file Loops with infinite inputs have the gradients of JAX: figures of `scripts/reference/infinite_loops.py`. */
import { jit } from "@nnx-js/jit";
import { grad, scan } from "@nnx-js/nn";
import { fromGolden } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, inject, test } from "vitest";
import file from "../golden/infinite-loops.json" with { type: "json" };

type Numbers = readonly (number | string | null)[];

interface Program {
  readonly ops: readonly (readonly [string, number, number, number])[];
  readonly carry: number;
  readonly reverse: boolean;
  readonly last: number;
  readonly args: readonly Numbers[];
  readonly gradients: readonly Numbers[];
}

// What the types of a JSON file say of lists is wider than what is in it.
const programs = file.cases as unknown as readonly Program[];

const SHAPES = [[3], [4, 3], [3], [3, 3]];
const tensorOf = (data: Numbers, shape: number[]) => fromGolden({ shape, dtype: "float32", data: [...data] });

type Operation = (a: tf.Tensor, b: tf.Tensor, d: tf.Tensor, w: tf.Tensor, W: tf.Tensor) => tf.Tensor;
const spread = (x: tf.Tensor) => tf.broadcastTo(x, [3]);

const OPERATIONS: Record<string, Operation> = {
  neg: (a) => tf.neg(a),
  abs: (a) => tf.abs(a),
  square: (a) => tf.square(a),
  sqrt: (a) => tf.sqrt(a),
  exp: (a) => tf.exp(a),
  tanh: (a) => tf.tanh(a),
  relu: (a) => tf.relu(a),
  sign: (a) => tf.sign(a),
  floor: (a) => tf.floor(a),
  log: (a) => tf.log(a),
  sigmoid: (a) => tf.sigmoid(a),
  add: (a, b) => tf.add(a, b),
  sub: (a, b) => tf.sub(a, b),
  mul: (a, b) => tf.mul(a, b),
  div: (a, b) => tf.div(a, b),
  max: (a, b) => tf.maximum(a, b),
  min: (a, b) => tf.minimum(a, b),
  where: (a, b, d) => tf.where(tf.less(a, b), b, d),
  sum: (a) => spread(tf.sum(a)),
  mean: (a) => spread(tf.mean(a)),
  amax: (a) => spread(tf.max(a)),
  matvec: (a, _b, _d, _w, W) => tf.reshape(tf.matMul(tf.reshape(a, [1, 3]), W), [3]),
  scale: (a, _b, _d, w) => tf.mul(a, w),
};

function lossOf({ ops, carry, reverse, last }: Program) {
  return (c: tf.Tensor, xs: tf.Tensor, w: tf.Tensor, W: tf.Tensor): tf.Tensor => {
    const step = (c: tf.Tensor, x: tf.Tensor) => {
      const values = [c, x, w];
      for (const [name, i, j, k] of ops)
        values.push(OPERATIONS[name]!(values[i]!, values[j]!, values[k]!, w, W));
      return [values[carry]!, values.at(-1)!] as const;
    };
    const [end, ys] = scan(step, c, xs, { reverse });
    const ends = tf.mul(tf.sum(tf.mul(end, tf.tensor1d([1, 2, -1]))), last);
    return tf.add(ends, tf.sum(tf.mul(ys, tf.reshape(tf.range(1, 13), [4, 3]))));
  };
}

const named = programs.map((program) => [program.ops.map(([name]) => name).join(" "), program] as const);
// Eagerly, WGSL's log(0) may be finite.
const cases = named.filter(([name]) => inject("backend") !== "webgpu" || !name.includes("log"));

test.each(cases)("%s", async (_, program) => {
  const gradients = grad(lossOf(program), { argnums: [0, 1, 2, 3] });
  const args = () => program.args.map((data, i) => tensorOf(data, SHAPES[i]!)) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]; // prettier-ignore
  using compiled = jit(gradients);
  const eager = gradients(...args());
  for (const [i, found] of compiled(...args()).entries()) {
    const expected = tensorOf(program.gradients[i]!, SHAPES[i]!);
    await expect(found).toBeAllClose(expected, { rtol: 1e-3, atol: 1e-4 });
    // A gradient that a loop which runs turn by turn does not have is zeros in one that is compiled, in JAX too.
    const isNaN = tf.isNaN(expected);
    const known = tf.where(isNaN, 0, eager[i]!);
    await expect(known).toBeAllClose(tf.where(isNaN, 0, expected), { rtol: 1e-3, atol: 1e-4 });
  }
});
