/** @file The types of derivatives; checked by the compiler, not run. */
import {
  customJvp,
  customVjp,
  debugNaN,
  hessian,
  hvp,
  jacfwd,
  jacrev,
  jvp,
  Linear,
  linearize,
  type NaNChecked,
  remat,
  type Rngs,
  type State,
  type Variable,
  vjp,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { expectTypeOf } from "vitest";

type Gradients = State<Variable>;

declare const model: Linear;
declare const x: tf.Tensor1D;
declare const f: (model: Linear, x: tf.Tensor1D) => tf.Tensor2D;
declare const scalar: (x: tf.Tensor1D) => tf.Scalar;
declare const tree: (batch: { a: tf.Tensor1D; n: number }) => [tf.Tensor2D, { kept: tf.Scalar }];

// A pullback gives a derivative for each argument: a State for a Module, a tensor of its rank for a tensor.
const [y, pullback] = vjp(f, [model, x]);
expectTypeOf(y).toEqualTypeOf<tf.Tensor2D>();
expectTypeOf(pullback(y)).toEqualTypeOf<[Gradients, tf.Tensor1D]>();
pullback.dispose();
// @ts-expect-error: the arguments of the function
vjp(f, [model]);

// Trees keep their form; what is no tensor has no derivative.
const [, ofTree] = vjp(tree, [{ a: x, n: 2 }]);
expectTypeOf(ofTree([undefined, { kept: scalar(x) }])).toEqualTypeOf<[{ a: tf.Tensor1D; n: undefined }]>();

// Directions may be left out, and a Module may stand for its Variables.
expectTypeOf(jvp(f, [model, x], [undefined, x])).toEqualTypeOf<[tf.Tensor2D, tf.Tensor2D]>();
expectTypeOf(jvp(f, [model, x], [model, undefined])).toEqualTypeOf<[tf.Tensor2D, tf.Tensor2D]>();
// @ts-expect-error: a direction is no number
jvp(f, [model, x], [undefined, 1]);
declare const withAux: (x: tf.Tensor1D) => readonly [tf.Scalar, { steps: number }];
expectTypeOf(jvp(withAux, [x], [x], { hasAux: true })).toEqualTypeOf<
  [tf.Scalar, tf.Scalar, { steps: number }]
>();
expectTypeOf(vjp(withAux, [x], { hasAux: true })[2]).toEqualTypeOf<{ steps: number }>();
expectTypeOf(linearize(f, [model, x])[1](undefined, x)).toEqualTypeOf<tf.Tensor2D>();

// Blocks: of tensors for tensors, States for Modules, Maps of States for States.
expectTypeOf(jacfwd(f)(model, x)).toEqualTypeOf<Gradients>();
expectTypeOf(jacrev(f, { argnums: 1 })(model, x)).toEqualTypeOf<tf.Tensor>();
expectTypeOf(jacrev(f, { argnums: [1, 0] })(model, x)).toEqualTypeOf<[tf.Tensor, Gradients]>();
expectTypeOf(hessian(scalar)(x)).toEqualTypeOf<tf.Tensor>();
expectTypeOf(hessian((m: Linear) => scalar(m.forward(x) as tf.Tensor1D))(model)).toEqualTypeOf<
  Map<string, Gradients>
>();
expectTypeOf(hvp(scalar, [x], [x])).toEqualTypeOf<tf.Tensor1D>();

// Functions and classes keep their types.
expectTypeOf(remat(f)).toEqualTypeOf<(model: Linear, x: tf.Tensor1D) => tf.Tensor2D>();
expectTypeOf(remat(Linear)).toEqualTypeOf<typeof Linear>();
declare const rngs: Rngs;
expectTypeOf(new (remat(Linear))(2, 3, { rngs })).toEqualTypeOf<Linear>();
expectTypeOf(debugNaN(scalar)).toEqualTypeOf<((x: tf.Tensor1D) => tf.Scalar) & NaNChecked>();
expectTypeOf(customJvp(scalar, ([x]) => [scalar(x), scalar(x)])).toEqualTypeOf<typeof scalar>();
expectTypeOf(
  customVjp(f, { forward: (m, x) => [f(m, x), x], backward: (kept, g) => [undefined, tf.mul(kept, g.rank)] }),
).toEqualTypeOf<typeof f>();
// @ts-expect-error: a gradient for each argument
customVjp(f, { forward: (m, x) => [f(m, x), x], backward: () => [undefined] });
