/** @file The types of gradients; checked by the compiler, not run. */
import {
  DiffState,
  evalShape,
  grad,
  Linear,
  Param,
  Rngs,
  type ShapeDtype,
  type State,
  valueAndGrad,
  type Variable,
} from "@nnx-js/nn";
import type * as tf from "@tensorflow/tfjs-core";
import { expectTypeOf } from "vitest";

type Gradients = State<Variable>;

declare const model: Linear;
declare const vector: tf.Tensor1D;
declare const loss: (model: Linear, x: tf.Tensor1D) => tf.Scalar;
declare const withAux: (model: Linear, x: tf.Tensor1D) => [tf.Scalar, { steps: number }];

// A model gives a State of Variables, a tensor a tensor of its own rank.
expectTypeOf(grad(loss)(model, vector)).toEqualTypeOf<Gradients>();
expectTypeOf(grad(loss, { argnums: 1 })(model, vector)).toEqualTypeOf<tf.Tensor1D>();
expectTypeOf(grad(loss, { argnums: new DiffState(0, Param) })(model, vector)).toEqualTypeOf<Gradients>();

// A tree with tensors in it gives the same tree; one of models alone a State.
type Tree = { w: tf.Tensor2D; parts: [Linear, tf.Tensor1D]; named: Map<string, tf.Tensor>; rate: number };
type Models = { a: Linear; b: Linear[] };
declare const tree: Tree;
declare const models: Models;
declare const ofTree: (tree: Tree) => tf.Scalar;
declare const ofRecord: (record: Record<string, tf.Tensor>) => tf.Scalar;
declare const ofList: (list: tf.Tensor[]) => tf.Scalar;
declare const ofModels: (models: Models) => tf.Scalar;
expectTypeOf(grad(ofTree)(tree)).toEqualTypeOf<{
  w: tf.Tensor2D;
  parts: [Gradients, tf.Tensor1D];
  named: Map<string, tf.Tensor>;
  rate: undefined;
}>();
expectTypeOf(grad(ofRecord)({})).toEqualTypeOf<Record<string, tf.Tensor>>();
expectTypeOf(grad(ofList)([])).toEqualTypeOf<tf.Tensor[]>();
expectTypeOf(grad(ofModels)(models)).toEqualTypeOf<Gradients>();
// A DiffState selects Variables, also there.
expectTypeOf(grad(ofTree, { argnums: new DiffState(0, Param) })(tree)).toEqualTypeOf<Gradients>();

// Several argnums give a tuple in their order.
expectTypeOf(grad(loss, { argnums: [1, 0] })(model, vector)).toEqualTypeOf<[tf.Tensor1D, Gradients]>();
expectTypeOf(grad(loss, { argnums: [new DiffState(0, Param), 1] })(model, vector)).toEqualTypeOf<
  [Gradients, tf.Tensor1D]
>();
expectTypeOf(grad(loss, { argnums: [0] })(model, vector)).toEqualTypeOf<[Gradients]>();

// The loss keeps its type.
expectTypeOf(valueAndGrad(loss)(model, vector)).toEqualTypeOf<[tf.Scalar, Gradients]>();
expectTypeOf(valueAndGrad(loss, { argnums: [0, 1] })(model, vector)).toEqualTypeOf<
  [tf.Scalar, [Gradients, tf.Tensor1D]]
>();

// With hasAux there is a pair where the loss was.
expectTypeOf(valueAndGrad(withAux, { hasAux: true })(model, vector)).toEqualTypeOf<
  [[tf.Scalar, { steps: number }], Gradients]
>();
expectTypeOf(grad(withAux, { hasAux: true, argnums: 1 })(model, vector)).toEqualTypeOf<
  [tf.Tensor1D, { steps: number }]
>();

// What is written in place needs no `as const`: it is read as the pair that hasAux asks for.
declare const { logits, count }: { logits: tf.Tensor2D; count: number };
const inPlace = valueAndGrad((model: Linear, x: tf.Tensor1D) => [loss(model, x), { logits, count }], {
  hasAux: true,
});
expectTypeOf(inPlace(model, vector)).toEqualTypeOf<
  [[tf.Scalar, { logits: tf.Tensor2D; count: number }], Gradients]
>();
const twoTensors = grad((model: Linear) => [loss(model, vector), logits], { hasAux: true, argnums: 0 });
expectTypeOf(twoTensors(model)).toEqualTypeOf<[Gradients, tf.Tensor2D]>();

// The arguments are those of the loss.
expectTypeOf(grad(loss)).parameters.toEqualTypeOf<[Linear, tf.Tensor1D]>();
// @ts-expect-error the loss takes a model first
grad(loss)(vector, model);
// @ts-expect-error a pair is returned only with hasAux
grad(withAux);
// @ts-expect-error hasAux needs a pair
grad(loss, { hasAux: true });

// Shapes: models keep their type, tensors become shape and dtype.
expectTypeOf(evalShape(() => new Linear(2, 3, { rngs: new Rngs(0) }))).toEqualTypeOf<Linear>();
expectTypeOf(evalShape(loss, model, vector)).toEqualTypeOf<ShapeDtype>();
