import { MultiHeadAttention, Rngs, Sequential } from "@nnx-js/nn";
import { view } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";
import { expectTypeOf } from "vitest";

const rngs = new Rngs(0);
const x = tf.ones([2, 3, 4]);

// Options stand after any of the sizes, and after any of the inputs.
const model = new MultiHeadAttention(2, 4, { rngs });
export const others = [
  new MultiHeadAttention(2, 4, 8, { rngs }),
  new MultiHeadAttention(2, 4, undefined, 8, { rngs, numKvHeads: 1 }),
];
expectTypeOf(model.forward(x, { decode: false })).toEqualTypeOf<tf.Tensor>();
model.forward(x, x, { mask: x });
model.forward(x, x, x, { deterministic: true, rngs });
// @ts-expect-error random streams are required
export const wrong = new MultiHeadAttention(2, 4, 8, {});
// @ts-expect-error no such option
model.forward(x, { casual: true });

const decoder = view(new Sequential(model), { decode: true, batchSize: [2, 3], maxLength: 4 });
expectTypeOf(decoder.layers[0]).toEqualTypeOf<MultiHeadAttention>();
// @ts-expect-error a length is a number
view(model, { decode: true, maxLength: [4] });
