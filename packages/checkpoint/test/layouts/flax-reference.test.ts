/** @file Compares layers and models with those of Flax, whose files scripts/reference/flax_layers.py makes. */
import { type TensorFile } from "@nnx-js/checkpoint";
import * as tf from "@tensorflow/tfjs-core";
import { type Expected, expectLike } from "./reference.ts";
import { MODELS } from "./flax-models.ts";

/** What an NNX model of the same modules holds. */
const expected: Expected = async (name, file) =>
  name.startsWith("linen") ? await ofLinen(name, file) : await ofNnx(file);

/** Random streams have no place in what we write. */
async function ofNnx(file: TensorFile): Promise<Map<string, tf.Tensor>> {
  const tensors = new Map<string, tf.Tensor>();
  for (const name of file.names) {
    // A number after a word is one word in our names.
    if (!name.includes("rngs")) tensors.set(name.replace("lin_1", "lin1"), await file.tensor(name));
  }
  return tensors;
}

/** NNX numbers modules after a dot, and has the gates of a cell side by side. */
async function ofLinen(name: string, file: TensorFile): Promise<Map<string, tf.Tensor>> {
  const tensors = new Map<string, tf.Tensor>();
  for (const stored of file.names) {
    const key = stored
      .replace(/^(params|batch_stats)\//, "")
      .replaceAll("/", ".")
      .replace(/layers_(\d)/, "layers.$1")
      .replace("lin_1", "lin1")
      .replace("layer_instance.kernel.scale", "scales.kernel")
      .replace(/layer_instance\.kernel\.(u|sigma)$/, "batch_stats.kernel.$1")
      .replace("Embed_0", "embed")
      .replace("OptimizedLSTMCell_0", "rnn.cell")
      .replace("Dense_0", "head")
      .replace("lstm.cell.if.", "lstm.cell.if_.")
      .replace("simple.cell.i.", "simple.cell.dense_i.")
      .replace("simple.cell.h.", "simple.cell.dense_h.");
    tensors.set(key, await file.tensor(stored));
  }
  const join = (cell: string, gates: string[], key: string, joined: string) => {
    const parts = gates.map((gate) => tensors.get(`${cell}.${gate}.${key}`)!);
    for (const gate of gates) tensors.delete(`${cell}.${gate}.${key}`);
    tensors.set(`${cell}.${joined}.${key}`, tf.concat(parts, -1));
  };
  if (name === "linen_compact") {
    join("rnn.cell", ["ii", "if", "ig", "io"], "kernel", "dense_i");
    join("rnn.cell", ["hi", "hf", "hg", "ho"], "kernel", "dense_h");
    join("rnn.cell", ["hi", "hf", "hg", "ho"], "bias", "dense_h");
  }
  for (const direction of name === "linen_cells" ? ["forward", "backward"] : []) {
    const cell = `gru.${direction}_rnn.cell`;
    tensors.set(`${cell}.hr.bias`, tf.zeros([4])).set(`${cell}.hz.bias`, tf.zeros([4]));
    join(cell, ["ir", "iz", "in"], "kernel", "dense_i");
    join(cell, ["ir", "iz", "in"], "bias", "dense_i");
    join(cell, ["hr", "hz", "hn"], "kernel", "dense_h");
    join(cell, ["hr", "hz", "hn"], "bias", "dense_h");
  }
  return tensors;
}

expectLike("flax", MODELS, expected);
