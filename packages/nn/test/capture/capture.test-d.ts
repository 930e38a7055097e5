import { capture, Intermediate, Linear, Perturbation, type State } from "@nnx-js/nn";
import type * as tf from "@tensorflow/tfjs-core";
import { expectTypeOf } from "vitest";

declare const model: Linear;
declare const x: tf.Tensor;

expectTypeOf(capture(model, Intermediate)(x)).toEqualTypeOf<[result: tf.Tensor, State<Intermediate>]>();
expectTypeOf(capture(model, Intermediate, Perturbation)(x)).toEqualTypeOf<
  [result: tf.Tensor, State<Intermediate>, State<Perturbation>]
>();
expectTypeOf(capture(model, Intermediate, { methodOutputs: Intermediate })(x)).toEqualTypeOf<
  [result: tf.Tensor, State<Intermediate>]
>();
expectTypeOf(capture(model, {})(x)).toEqualTypeOf<tf.Tensor>();
expectTypeOf(capture(Intermediate)(model)(x)).toEqualTypeOf<[result: tf.Tensor, State<Intermediate>]>();
expectTypeOf(
  capture((net: Linear, scale: number) => [net, scale] as const, Intermediate)(model, 2)[0],
).toEqualTypeOf<readonly [Linear, number]>();
// @ts-expect-error: forward takes a tensor
capture(model, Intermediate)(1);
