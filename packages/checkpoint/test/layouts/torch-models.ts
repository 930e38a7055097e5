/** @file The modules that scripts/reference/torch_models.py makes, written with ours. */
import {
  BatchNorm,
  Bidirectional,
  Conv,
  ConvTranspose,
  Embed,
  gelu,
  GroupNorm,
  GRUCell,
  InstanceNorm,
  LayerNorm,
  Linear,
  LSTMCell,
  Module,
  MultiHeadAttention,
  OptimizedLSTMCell,
  PReLU,
  relu,
  RMSNorm,
  RNN,
  type RNNCellBase,
  Rngs,
  Sequential,
  SimpleCell,
  SpectralNorm,
  WeightNorm,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { type Case, layer } from "./reference.ts";

const rngs = () => new Rngs(0);
const R = () => ({ rngs: rngs() });

const stats = { useRunningAverage: true, epsilon: 1e-5 };

class ResNetBlock extends Module {
  readonly conv1: Conv;
  readonly bn1: BatchNorm;
  readonly conv2: Conv;
  readonly bn2: BatchNorm;
  readonly downsample: Sequential<[Conv, BatchNorm]>;

  constructor(featuresIn: number, features: number, options: { rngs: Rngs }) {
    super();
    const conv = { ...options, useBias: false };
    this.conv1 = new Conv(featuresIn, features, [3, 3], { ...conv, strides: 2, padding: 1 });
    this.bn1 = new BatchNorm(features, { ...options, ...stats });
    this.conv2 = new Conv(features, features, [3, 3], { ...conv, padding: 1 });
    this.bn2 = new BatchNorm(features, { ...options, ...stats });
    this.downsample = new Sequential(
      new Conv(featuresIn, features, [1, 1], { ...conv, strides: 2, padding: "VALID" }),
      new BatchNorm(features, { ...options, ...stats }),
    );
  }

  forward(x: tf.Tensor): tf.Tensor {
    const y = relu(this.bn1.forward(this.conv1.forward(x)));
    return relu(tf.add(this.bn2.forward(this.conv2.forward(y)), this.downsample.forward(x)));
  }
}

/** With the names of nn.TransformerEncoderLayer. */
class EncoderLayer extends Module {
  readonly selfAttn: MultiHeadAttention;
  readonly linear1: Linear;
  readonly linear2: Linear;
  readonly norm1: LayerNorm;
  readonly norm2: LayerNorm;

  constructor(features: number, heads: number, hidden: number, options: { rngs: Rngs }) {
    super();
    this.selfAttn = new MultiHeadAttention(heads, features, { ...options, decode: false });
    this.linear1 = new Linear(features, hidden, options);
    this.linear2 = new Linear(hidden, features, options);
    this.norm1 = new LayerNorm(features, { ...options, epsilon: 1e-5 });
    this.norm2 = new LayerNorm(features, { ...options, epsilon: 1e-5 });
  }

  forward(x: tf.Tensor): tf.Tensor {
    const attended = this.norm1.forward(tf.add(x, this.selfAttn.forward(x)));
    const hidden = gelu(this.linear1.forward(attended), { approximate: false });
    return this.norm2.forward(tf.add(attended, this.linear2.forward(hidden)));
  }
}

type Both = Bidirectional<RNN<OptimizedLSTMCell>, RNN<OptimizedLSTMCell>>;

class LSTMClassifier extends Module {
  readonly tokenEmbedding: Embed;
  readonly lstm: Both[];
  readonly outputProj: Linear;

  constructor(options: { rngs: Rngs }) {
    super();
    this.tokenEmbedding = new Embed(11, 4, options);
    const one = (features: number) => new RNN(new OptimizedLSTMCell(features, 5, options));
    this.lstm = [4, 10].map((features) => new Bidirectional(one(features), one(features)));
    this.outputProj = new Linear(10, 3, options);
  }

  forward(tokens: tf.Tensor): tf.Tensor {
    let x = this.tokenEmbedding.forward(tokens);
    for (const both of this.lstm) x = both.forward(x);
    return this.outputProj.forward(tf.reshape(tf.slice(x, [0, x.shape[1]! - 1, 0], [-1, 1, -1]), [-1, 10]));
  }
}

class ConvClassifier extends Module {
  readonly conv: Conv;
  readonly head: Linear;

  constructor(options: { rngs: Rngs }) {
    super();
    this.conv = new Conv(2, 3, [3, 3], { ...options, padding: 1 });
    this.head = new Linear(3 * 4 * 5, 2, options);
  }

  forward(x: tf.Tensor): tf.Tensor {
    const y = relu(this.conv.forward(x));
    // PyTorch flattens channels first.
    return this.head.forward(tf.reshape(tf.transpose(y, [0, 3, 1, 2]), [-1, 3 * 4 * 5]));
  }
}

class WithEncoder extends Module {
  readonly encoder: Module & { forward(x: tf.Tensor): tf.Tensor };
  readonly norm: LayerNorm;

  constructor(options: { rngs: Rngs }) {
    super();
    this.encoder = new Sequential(new Linear(4, 5, options), relu, new Linear(5, 3, options));
    this.norm = new LayerNorm(3, { ...options, epsilon: 1e-5 });
  }

  forward(x: tf.Tensor): tf.Tensor {
    return this.norm.forward(this.encoder.forward(x));
  }
}

const lstm = (features = 3) => new OptimizedLSTMCell(features, 4, R());
const gru = (features = 3) => new GRUCell(features, 4, { ...R(), useRecurrentBias: true });
const simple = (features: number) => new SimpleCell(features, 4, { ...R(), activationFn: relu });
const both = <C extends RNNCellBase>(make: (features: number) => C, features: number) =>
  new Bidirectional(new RNN(make(features)), new RNN(make(features)));

/** Two in the other order: PyTorch carries (h, c). */
const swapped = <T>([first, second]: readonly T[]): T[] =>
  second === undefined ? [first!] : [second, first!];

/** A step of a cell: what it carries after that. */
const step = (cell: RNNCellBase, x: tf.Tensor, ...carried: tf.Tensor[]): tf.Tensor[] => {
  const [carry] = cell.forward(carried.length === 1 ? carried[0] : swapped(carried), x);
  return swapped([carry].flat() as tf.Tensor[]);
};

const attention = (numHeads: number, rest: { useBias?: boolean; inKvFeatures?: number } = {}) =>
  layer(
    () => new MultiHeadAttention(numHeads, 8, { ...R(), decode: false, ...rest }),
    (model: MultiHeadAttention, x, source) => model.forward(x, source),
  );

/** Modules that each stand for one of PyTorch's. */
export const MODELS: Record<string, Case> = {
  linear: layer(() => new Linear(4, 3, R())),
  linear_no_bias: layer(() => new Linear(4, 3, { ...R(), useBias: false })),
  sequential: layer(() => new Sequential(new Linear(4, 5, R()), relu, new Linear(5, 3, R()))),
  conv1d: layer(() => new Conv(3, 4, 3, { ...R(), padding: 1 })),
  conv2d: layer(() => new Conv(3, 4, [3, 2], { ...R(), strides: 2, padding: 1 })),
  conv2d_groups: layer(
    () =>
      new Conv(4, 6, [3, 3], {
        ...R(),
        featureGroupCount: 2,
        kernelDilation: 2,
        useBias: false,
        padding: "VALID",
      }),
  ),
  conv2d_depthwise: layer(() => new Conv(4, 4, [3, 3], { ...R(), featureGroupCount: 4, padding: "VALID" })),
  conv3d: layer(() => new Conv(2, 3, [2, 3, 2], { ...R(), padding: "VALID" })),
  // PyTorch's padding takes away from `kernelDilation * (size - 1)` at both ends; its output_padding adds at the last.
  conv_transpose1d: layer(() => new ConvTranspose(3, 4, 4, { ...R(), strides: 3, padding: 3 })),
  conv_transpose2d: layer(
    () => new ConvTranspose(3, 4, [3, 2], { ...R(), strides: 2, padding: [[1, 2], [0, 1]] }), // prettier-ignore
  ),
  conv_transpose2d_dilated: layer(
    () => new ConvTranspose(2, 3, [3, 3], { ...R(), kernelDilation: 2, padding: 4, useBias: false }),
  ),
  conv_transpose3d: layer(
    () =>
      new ConvTranspose(2, 3, [2, 3, 2], { ...R(), strides: 2, padding: [1, 2, 1], transposeKernel: true }),
  ),
  batch_norm1d: layer(() => new BatchNorm(4, { ...R(), ...stats })),
  batch_norm2d: layer(() => new BatchNorm(4, { ...R(), ...stats })),
  batch_norm_plain: layer(() => new BatchNorm(4, { ...R(), ...stats, useScale: false, useBias: false })),
  embedding: layer(() => new Embed(7, 3, R())),
  layer_norm: layer(() => new LayerNorm(5, { ...R(), epsilon: 1e-5 })),
  group_norm: layer(() => new GroupNorm(6, { ...R(), numGroups: 2, epsilon: 1e-5 })),
  instance_norm: layer(() => new InstanceNorm(3, { ...R(), epsilon: 1e-5 })),
  rms_norm: layer(() => new RMSNorm(5, R())),
  prelu: layer(() => new PReLU()),
  lstm: layer(() => new RNN(new LSTMCell(3, 4, R()))),
  lstm_stack: layer(() => new Sequential(both(lstm, 3), both(lstm, 8))),
  lstm_cell: layer(() => new LSTMCell(3, 4, R()), step),
  gru: layer(() => new RNN(gru())),
  gru_stack: layer(() => new Sequential(new RNN(gru()), new RNN(gru(4)), new RNN(gru(4)))),
  gru_bidirectional: layer(() => both(gru, 3)),
  gru_cell: layer(gru, step),
  rnn: layer(() => new RNN(new SimpleCell(3, 4, R()))),
  rnn_relu: layer(() => new Sequential(new RNN(simple(3)), new RNN(simple(4)))),
  rnn_cell: layer(() => new SimpleCell(3, 4, R()), step),
  attention: attention(2),
  attention_no_bias: attention(4, { useBias: false }),
  attention_kv: attention(2, { inKvFeatures: 6 }),
  weight_norm: layer(() => new WeightNorm(new Linear(4, 3, R()), R())),
  weight_norm_conv: layer(() => new WeightNorm(new Conv(2, 3, [3, 3], { ...R(), padding: "VALID" }), R())),
  weight_norm_old: layer(() => new WeightNorm(new Linear(4, 3, R()), R())),
  spectral_norm: layer(() => new SpectralNorm(new Linear(4, 3, R()), { ...R(), updateStats: false })),
  spectral_norm_conv: layer(
    () =>
      new SpectralNorm(new Conv(2, 3, [3, 3], { ...R(), padding: "VALID" }), { ...R(), updateStats: false }),
  ),
  spectral_norm_old: layer(() => new SpectralNorm(new Linear(4, 3, R()), { ...R(), updateStats: false })),
  resnet_block: layer(() => new ResNetBlock(4, 6, R())),
  transformer_encoder_layer: layer(() => new EncoderLayer(8, 2, 12, R())),
  lstm_classifier: layer(() => new LSTMClassifier(R())),
  conv_classifier: layer(() => new ConvClassifier(R())),
  data_parallel: layer(() => new WithEncoder(R())),
  compiled: layer(() => new WithEncoder(R())),
  lstm_no_bias: layer(() => new RNN(lstm())),
  gru_no_bias: layer(() => new RNN(new GRUCell(3, 4, R()))),
};
