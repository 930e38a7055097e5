/** @file The models of golden/tfjs and golden/keras, written with our layers. */
import {
  BatchNorm,
  Bidirectional,
  Conv,
  ConvTranspose,
  Embed,
  LayerNorm,
  Linear,
  LSTMCell,
  Module,
  OptimizedLSTMCell,
  PReLU,
  relu,
  RNN,
  Rngs,
  Sequential,
  SimpleCell,
  softmax,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";

/** As Keras makes it, and not in training. */
export const running = { epsilon: 1e-3, useRunningAverage: true } as const;

/** Two layers of ours for one of Keras. */
export class Separable extends Module {
  readonly depthwise: Conv;
  readonly pointwise: Conv;

  constructor(inFeatures: number, outFeatures: number, multiplier: number, rngs: Rngs, axes = 2) {
    super();
    const inner = inFeatures * multiplier;
    const grouped = { featureGroupCount: inFeatures, useBias: false, padding: "VALID" } as const;
    this.depthwise = new Conv(inFeatures, inner, Array<number>(axes).fill(3), { ...grouped, rngs });
    this.pointwise = new Conv(inner, outFeatures, Array<number>(axes).fill(1), { rngs });
  }

  forward(x: tf.Tensor): tf.Tensor {
    return this.pointwise.forward(this.depthwise.forward(x));
  }
}

/** Attributes are declared in another order than their names sort, and are called unlike the layers of the file. */
class Classifier extends Module {
  readonly stem: Conv;
  readonly norm: BatchNorm;
  readonly body: Conv;
  readonly hidden: Linear;
  readonly head: Sequential<[Linear]>;
  readonly classes: Linear;

  constructor(rngs: Rngs) {
    super();
    this.stem = new Conv(1, 4, [3, 3], { padding: "VALID", rngs });
    this.norm = new BatchNorm(4, { ...running, rngs });
    this.body = new Conv(4, 4, [3, 3], { rngs });
    this.hidden = new Linear(64, 5, { rngs });
    this.head = new Sequential(new Linear(5, 5, { rngs }));
    this.classes = new Linear(5, 5, { rngs });
  }

  forward(x: tf.Tensor): tf.Tensor {
    const image = relu(this.body.forward(this.norm.forward(relu(this.stem.forward(x)))));
    const features = relu(this.hidden.forward(tf.reshape(image, [x.shape[0], -1])));
    return softmax(this.classes.forward(this.head.forward(features)));
  }
}

/** Models by the names of the cases. */
export const TFJS_MODELS = {
  dense: (rngs: Rngs) => new Linear(4, 3, { rngs }),
  conv1d: (rngs: Rngs) => new Conv(2, 3, 3, { rngs }),
  conv2d: (rngs: Rngs) => new Conv(2, 3, [3, 2], { strides: 2, rngs }),
  conv3d: (rngs: Rngs) => new Conv(2, 2, [2, 2, 2], { padding: "VALID", rngs }),
  depthwise_conv2d: (rngs: Rngs) => new Conv(3, 6, [3, 3], { featureGroupCount: 3, rngs }),
  separable_conv2d: (rngs: Rngs) => new Separable(3, 4, 2, rngs),
  conv2d_transpose: (rngs: Rngs) => new ConvTranspose(2, 3, [3, 3], { strides: 2, rngs }),
  conv2d_transpose_valid: (rngs: Rngs) =>
    new ConvTranspose(2, 3, [2, 4], { strides: [2, 1], padding: "VALID", transposeKernel: true, rngs }),
  conv3d_transpose: (rngs: Rngs) =>
    new ConvTranspose(3, 2, [2, 2, 2], { strides: 2, padding: "VALID", rngs }),
  batch_normalization: (rngs: Rngs) => new BatchNorm(3, { ...running, rngs }),
  layer_normalization: (rngs: Rngs) => new LayerNorm(3, { epsilon: 1e-3, rngs }),
  embedding: (rngs: Rngs) => new Embed(5, 3, { rngs }),
  lstm: (rngs: Rngs) => new RNN(new OptimizedLSTMCell(2, 3, { rngs })),
  lstm_without_bias: (rngs: Rngs) => new RNN(new LSTMCell(2, 3, { rngs })),
  simple_rnn: (rngs: Rngs) => new RNN(new SimpleCell(2, 3, { rngs })),
  bidirectional: (rngs: Rngs) =>
    new Bidirectional(new RNN(new LSTMCell(2, 3, { rngs })), new RNN(new OptimizedLSTMCell(2, 3, { rngs }))),
  prelu: () => new PReLU(),
  time_distributed: (rngs: Rngs) => new Linear(2, 3, { rngs }),
  classifier: (rngs: Rngs) => new Classifier(rngs),
};
