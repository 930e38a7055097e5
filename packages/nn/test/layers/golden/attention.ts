/** @file Reference cases of attention. */
import { dotProductAttention, makeCausalMask, MultiHeadAttention, Rngs } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { cased, layer, type LayerUnderTest, stateless } from "../../golden.ts";

const make = (options = {}) =>
  new MultiHeadAttention(2, 4, 8, { decode: false, rngs: new Rngs(0), ...options });

export const ATTENTION: Record<string, LayerUnderTest> = {
  "MultiHeadAttention.self": layer(() => make()),
  "MultiHeadAttention.causal": layer(
    () => make(),
    (model, x) => model.forward(x, { mask: makeCausalMask(tf.ones([2, 5])) }),
  ),
  "MultiHeadAttention.cross": cased(
    () => make(),
    (model, x, memory) => model.forward(x, memory),
  ),
  "MultiHeadAttention.qkNorm": layer(() => make({ normalizeQk: true })),
  dot_product_attention: stateless((query, key, value) => dotProductAttention(query, key, value)),
};
