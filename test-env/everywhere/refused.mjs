/** @file What is said where something is missing or forbidden. */
import { jit } from "@nnx-js/jit";
import { Linear, Rngs } from "@nnx-js/nn";
import { useBackend } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";

async function said(work) {
  try {
    return { value: await work() };
  } catch (error) {
    return { name: error.name, message: error.message };
  }
}

const total = (layer, x) => tf.sum(layer.forward(x));

/**
 * What becomes of `useBackend("wasm")`, of what is chosen instead, and of compiled functions there, with the fallback
 * and without it.
 *
 * @returns a report of JSON only
 */
export async function refused({ use } = {}) {
  const wasm = await said(async () => (await useBackend("wasm", use)).backend);
  const chosen = await useBackend(["wasm", "cpu"], use);
  const layer = new Linear(2, 3, { rngs: new Rngs(0) });
  const x = tf.ones([4, 2]);
  return {
    wasm,
    chosen,
    eager: total(layer, x).dataSync()[0],
    compiled: await said(() => jit(total)(layer, x).dataSync()[0]),
    fallback: await said(() => jit(total, { fallback: "kernels" })(layer, x).dataSync()[0]),
  };
}
