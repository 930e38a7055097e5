/** @file Sorts of layers, by which those of a file and those of a model are told apart. */

/** Which sort a class of Keras is. */
const CLASSES: Readonly<Record<string, string>> = {
  Dense: "dense",
  EinsumDense: "einsum",
  Conv1D: "conv1",
  Conv2D: "conv2",
  Conv3D: "conv3",
  DepthwiseConv1D: "conv1",
  DepthwiseConv2D: "conv2",
  SeparableConv1D: "conv1",
  SeparableConv2D: "conv2",
  Conv1DTranspose: "convTranspose1",
  Conv2DTranspose: "convTranspose2",
  Conv3DTranspose: "convTranspose3",
  BatchNormalization: "batchNorm",
  LayerNormalization: "layerNorm",
  GroupNormalization: "groupNorm",
  RMSNormalization: "rmsNorm",
  Embedding: "embedding",
  PReLU: "prelu",
  LSTM: "lstm",
  GRU: "gru",
  SimpleRNN: "simpleRnn",
  MultiHeadAttention: "attention",
};

/** The sort that names of layers show: `conv2d_transpose_1`, `dense_Dense3`. */
const NAMES: readonly (readonly [RegExp, string])[] = [
  [/^(?:depthwise_|separable_)?conv(\d)d(?!_transpose)/, "conv$1"],
  [/^conv(\d)d_transpose/, "convTranspose$1"],
  [/^dense/, "dense"],
  [/^einsum_dense/, "einsum"],
  [/^batch_norm/, "batchNorm"],
  [/^layer_norm/, "layerNorm"],
  [/^group_norm/, "groupNorm"],
  [/^rms_norm/, "rmsNorm"],
  [/^embedding/, "embedding"],
  [/^p_?re_lu/, "prelu"],
  [/^(?:forward_|backward_)?lstm/, "lstm"],
  [/^(?:forward_|backward_)?gru/, "gru"],
  [/^(?:forward_|backward_)?simple_rnn/, "simpleRnn"],
  [/^multi_head_attention/, "attention"],
];

/** The sort of a class of Keras; undefined for others. */
export function kindOfClass(className: string): string | undefined {
  return Object.hasOwn(CLASSES, className) ? CLASSES[className] : undefined;
}

/** The sort that the name which Keras gave a layer shows; undefined for names that people gave. */
export function kindOfName(name: string): string | undefined {
  for (const [pattern, kind] of NAMES) {
    const match = pattern.exec(name);
    if (match) return kind.replace("$1", match[1] ?? "");
  }
  return undefined;
}

/**
 * What is left of a sort where only names and shapes of weights are known: transposed convolutions look like
 * convolutions, one normalisation like the next.
 */
export function coarse(kind: string, kernelRank: number): string {
  if (/^(?:conv|attention|einsum|dense)/.test(kind)) return `kernel of ${kernelRank} axes`;
  return /^(?:layer|group|rms)Norm$/.test(kind) ? "norm" : kind;
}
