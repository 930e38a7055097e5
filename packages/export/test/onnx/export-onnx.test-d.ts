/** @file The types of `exportOnnx`. */
import { exportOnnx, type ExternalOnnx } from "@nnx-js/export";
import { Linear, Rngs } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { expectTypeOf } from "vitest";

const model = new Linear(3, 2, { rngs: new Rngs(0) });
const x = tf.zeros([1, 3]);

expectTypeOf(exportOnnx(model, [x])).toEqualTypeOf<Promise<Uint8Array>>();
expectTypeOf(exportOnnx((a: tf.Tensor) => a, [x], { dynamicBatch: true })).toEqualTypeOf<
  Promise<Uint8Array>
>();
expectTypeOf(exportOnnx(model, [x], { weights: "external" })).toEqualTypeOf<Promise<ExternalOnnx>>();

// @ts-expect-error: an argument that the function does not take
void exportOnnx((a: tf.Tensor) => a, ["text"]);
// @ts-expect-error: an argument too few
void exportOnnx((a: tf.Tensor, b: tf.Tensor) => tf.add(a, b), [x]);
// @ts-expect-error: an option that there is not
void exportOnnx(model, [x], { batch: true });
