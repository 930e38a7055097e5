/** @file The models of golden/keras, written with our layers. */
import {
  BatchNorm,
  Bidirectional,
  Conv,
  ConvTranspose,
  Embed,
  GroupNorm,
  GRUCell,
  LayerNorm,
  Linear,
  LinearGeneral,
  LSTMCell,
  Module,
  MultiHeadAttention,
  OptimizedLSTMCell,
  PReLU,
  relu,
  RMSNorm,
  RNN,
  type Rngs,
  Sequential,
  SimpleCell,
  tanh,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { running, Separable } from "./tfjs-models.ts";

/** Attributes in the order of the layers; their names are others. */
export class Encoder extends Module {
  readonly embed: Linear;
  readonly attention: MultiHeadAttention;
  readonly norm: LayerNorm;
  readonly both: Bidirectional<RNN<LSTMCell>, RNN<LSTMCell>>;
  readonly batch: BatchNorm;
  readonly mlp: Sequential<[Linear, typeof relu, Linear]>;
  readonly each: Linear;
  readonly rnn: RNN<GRUCell>;
  readonly classes: Linear;

  constructor(rngs: Rngs) {
    super();
    this.embed = new Linear(4, 4, { rngs });
    this.attention = new MultiHeadAttention(2, 4, 6, { decode: false, rngs });
    this.norm = new LayerNorm(4, { epsilon: 1e-3, rngs });
    this.both = new Bidirectional(
      new RNN(new LSTMCell(4, 3, { rngs })),
      new RNN(new LSTMCell(4, 3, { rngs })),
    );
    this.batch = new BatchNorm(6, { ...running, rngs });
    this.mlp = new Sequential(new Linear(6, 6, { rngs }), relu, new Linear(6, 6, { rngs }));
    this.each = new Linear(6, 6, { rngs });
    this.rnn = new RNN(new GRUCell(6, 3, { useRecurrentBias: true, rngs }));
    this.classes = new Linear(3, 2, { rngs });
  }

  forward(x: tf.Tensor): tf.Tensor {
    const attended = this.norm.forward(this.attention.forward(this.embed.forward(x)));
    const steps = this.batch.forward(this.both.forward(attended));
    const outputs = this.rnn.forward(this.each.forward(this.mlp.forward(steps)));
    return this.classes.forward(tf.squeeze(tf.slice(outputs, [0, 5, 0], [-1, 1, -1]), [1]));
  }
}

const recurrentBias = { useRecurrentBias: true } as const;

/** Models by the names of the cases. */
export const KERAS_MODELS = {
  dense: (rngs: Rngs) => new Linear(4, 3, { rngs }),
  dense_without_bias: (rngs: Rngs) => new Linear(4, 3, { useBias: false, rngs }),
  einsum_dense: (rngs: Rngs) => new LinearGeneral(4, [2, 3], { rngs }),
  conv1d_causal: (rngs: Rngs) => new Conv(2, 3, 3, { padding: "CAUSAL", kernelDilation: 2, rngs }),
  conv2d_groups: (rngs: Rngs) => new Conv(4, 6, [3, 2], { featureGroupCount: 2, rngs }),
  depthwise_conv1d: (rngs: Rngs) => new Conv(2, 4, 3, { featureGroupCount: 2, rngs }),
  depthwise_conv2d: (rngs: Rngs) => new Conv(2, 4, [3, 3], { featureGroupCount: 2, padding: "VALID", rngs }),
  separable_conv1d: (rngs: Rngs) => new Separable(3, 4, 2, rngs, 1),
  separable_conv2d: (rngs: Rngs) => new Separable(3, 4, 1, rngs),
  conv1d_transpose: (rngs: Rngs) => new ConvTranspose(2, 3, 4, { strides: 2, rngs }),
  conv3d_transpose: (rngs: Rngs) =>
    new ConvTranspose(3, 2, [2, 2, 2], { strides: 2, padding: "VALID", transposeKernel: true, rngs }),
  batch_normalization: (rngs: Rngs) => new BatchNorm(3, { ...running, rngs }),
  batch_normalization_center_only: (rngs: Rngs) => new BatchNorm(3, { ...running, useScale: false, rngs }),
  layer_normalization_two_axes: (rngs: Rngs) =>
    new LayerNorm(12, { epsilon: 1e-3, reductionAxes: [-2, -1], featureAxes: [-2, -1], rngs }),
  group_normalization: (rngs: Rngs) => new GroupNorm(4, { numGroups: 2, epsilon: 1e-3, rngs }),
  rms_normalization: (rngs: Rngs) => new RMSNorm(4, { rngs }),
  embedding: (rngs: Rngs) => new Embed(5, 3, { rngs }),
  prelu: () => new PReLU(),
  lstm: (rngs: Rngs) => new RNN(new OptimizedLSTMCell(2, 3, { rngs })),
  gru: (rngs: Rngs) => new RNN(new GRUCell(2, 3, { ...recurrentBias, rngs })),
  gru_without_bias: (rngs: Rngs) => new RNN(new GRUCell(2, 3, { rngs })),
  simple_rnn: (rngs: Rngs) => new RNN(new SimpleCell(2, 3, { rngs })),
  bidirectional_gru: (rngs: Rngs) =>
    new Bidirectional(
      new RNN(new GRUCell(2, 3, { ...recurrentBias, rngs })),
      new RNN(new GRUCell(2, 3, { ...recurrentBias, rngs })),
    ),
  multi_head_attention: (rngs: Rngs) =>
    new MultiHeadAttention(2, 4, 6, 4, { inKvFeatures: 6, decode: false, rngs }),
  encoder: (rngs: Rngs) => new Encoder(rngs),
  stack: (rngs: Rngs) =>
    new Sequential(...Array.from({ length: 11 }, () => [new Linear(3, 3, { rngs }), tanh]).flat()),
};
