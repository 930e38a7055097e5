import {
  grad,
  Linear,
  pmean,
  Rngs,
  type State,
  StateAxes,
  splitRngs,
  valueAndGrad,
  type Variable,
  vmap,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { expectTypeOf, test } from "vitest";

const x = tf.ones([4, 3]);
const forward = (m: Linear, input: tf.Tensor1D) => m.forward(input);

test("arguments and results have an axis more, and models keep their type", () => {
  expectTypeOf(vmap(forward, { inAxes: [null, 0] })).toEqualTypeOf<
    (m: Linear, input: tf.Tensor) => tf.Tensor
  >();
  expectTypeOf(vmap((rngs: Rngs) => new Linear(2, 3, { rngs }))).returns.toEqualTypeOf<Linear>();
  const pair = vmap((a: tf.Tensor1D) => ({ a, list: [a, 1] as const }));
  expectTypeOf(pair).returns.toEqualTypeOf<{ a: tf.Tensor; list: [tf.Tensor, 1] }>();
});

test("gradients and values with gradients", () => {
  const loss = (m: Linear, input: tf.Tensor) => tf.sum<tf.Scalar>(m.forward(input));
  expectTypeOf(vmap(grad(loss))).returns.toEqualTypeOf<State<Variable>>();
  expectTypeOf(vmap(valueAndGrad(loss))).returns.toEqualTypeOf<[tf.Tensor, State<Variable>]>();
});

test("axes are given for each argument", () => {
  vmap(forward, { inAxes: [new StateAxes([[true, 0]]), -1], outAxes: { y: 0 }, axisName: "lane" });
  // @ts-expect-error -- one axis for two arguments
  vmap(forward, { inAxes: [0] });
  // @ts-expect-error -- no axis
  vmap(forward, { inAxes: ["0", 0] });
  expectTypeOf(pmean(x, "lane")).toEqualTypeOf<tf.Tensor>();
});

test("splitRngs gives views, what was replaced, or a function", () => {
  const rngs = new Rngs(0);
  expectTypeOf(splitRngs(rngs, 3)).toEqualTypeOf<Rngs[]>();
  expectTypeOf(splitRngs(rngs, { splits: 3 })).toHaveProperty("restore");
  expectTypeOf(splitRngs({ splits: 3 })((given: Rngs) => given.streams().length)).toEqualTypeOf<
    (r: Rngs) => number
  >();
});
