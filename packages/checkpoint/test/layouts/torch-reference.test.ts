/** @file Compares layers and models with those of PyTorch, whose files scripts/reference/torch_layers.py makes. */
import * as tf from "@tensorflow/tfjs-core";
import { type Expected, expectLike } from "./reference.ts";
import { MODELS } from "./torch-models.ts";

const OLD_NAMES: [RegExp, string][] = [
  [/(\w+)_g$/, "parametrizations.$1.original0"],
  [/(\w+)_v$/, "parametrizations.$1.original1"],
  [/(\w+)_orig$/, "parametrizations.$1.original"],
];
const OLD_SPECTRAL: [RegExp, string][] = [
  [/(\w+)_u$/, "parametrizations.$1.0._u"],
  [/(\w+)_v$/, "parametrizations.$1.0._v"],
  ...OLD_NAMES.slice(2),
];

/** What the file holds, as it is written today by a module that is not wrapped for training. */
const expected: Expected = async (name, file) => {
  const table = name === "spectral_norm_old" ? OLD_SPECTRAL : name === "weight_norm_old" ? OLD_NAMES : [];
  const tensors = new Map<string, tf.Tensor>();
  for (const stored of file.names) {
    if (stored.endsWith("num_batches_tracked")) continue;
    const plain = stored.replace(/^(module|_orig_mod)\./, "");
    const [pattern, now] = table.find(([old]) => old.test(plain)) ?? [/$/, ""];
    tensors.set(plain.replace(pattern, now), await file.tensor(stored));
  }
  // Layers here always have biases, and write them.
  if (name.endsWith("_no_bias") && /lstm|gru/.test(name)) {
    const size = tensors.get("weight_ih_l0")!.shape[0];
    for (const key of ["bias_ih_l0", "bias_hh_l0"]) tensors.set(key, tf.zeros([size]));
  }
  // An LSTM or a plain cell here has one bias: the sum of both.
  if (/lstm|rnn/.test(name)) {
    for (const [key, bias] of tensors) {
      const other = tensors.get(key.replace("bias_hh", "bias_ih"))!;
      if (!key.includes("bias_hh")) continue;
      const [whole, zeros] = name.startsWith("lstm")
        ? [key, key.replace("hh", "ih")]
        : [key.replace("hh", "ih"), key];
      tensors.set(whole, tf.add(other, bias)).set(zeros, tf.zerosLike(bias));
    }
  }
  return tensors;
};

expectLike("torch", MODELS, expected);
