/** @file Batching rules of the kernels for 8-bit weights. */
import * as tf from "@tensorflow/tfjs-core";
import { folded, launch, unfolded } from "../operands.ts";
import type { BatchCall, BatchResult, BatchRules } from "../rule.ts";

function unpack({ kernelName, inputs, attrs }: BatchCall): tf.Tensor {
  return launch(kernelName, { words: inputs["words"]!.tensor }, attrs);
}

/** More rows for the same weights; weights of each lane have a product of their own. */
function product(call: BatchCall): BatchResult {
  const { kernelName, inputs, attrs, lanes } = call;
  const [x, words] = [inputs["x"]!, inputs["words"]!];
  if (words.isBatched) return call.loop();
  return unfolded(launch(kernelName, { x: folded(x.tensor), words: words.tensor }, attrs), lanes.size);
}

/** Rules of unpacking and of products. */
export const int8Rules: BatchRules = { Int8Unpack: unpack, Int8MatMul: product };
