/** @file The modules that scripts/reference/flax_models.py makes, written with ours. */
import {
  BatchNorm,
  Bidirectional,
  Conv,
  ConvTranspose,
  Dropout,
  Einsum,
  Embed,
  GroupNorm,
  GRUCell,
  InstanceNorm,
  LayerNorm,
  Linear,
  LinearGeneral,
  LoRA,
  LoRALinear,
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

const R = () => ({ rngs: new Rngs(0) });
const running = () => ({ ...R(), useRunningAverage: true });

class Mlp extends Module {
  readonly lin1: Linear;
  readonly batchNorm: BatchNorm;
  readonly dropout: Dropout | undefined;
  readonly hiddenLayers: Linear[];
  readonly outputProj: Module & { forward(x: tf.Tensor): tf.Tensor };

  constructor(hasDropout: boolean) {
    super();
    this.lin1 = new Linear(4, 6, R());
    this.batchNorm = new BatchNorm(6, running());
    this.dropout = hasDropout ? new Dropout(0.5, { deterministic: true, ...R() }) : undefined;
    this.hiddenLayers = [new Linear(6, 6, R()), new Linear(6, 5, R())];
    this.outputProj = new Sequential(new Linear(5, 5, R()), relu, new Linear(5, 2, R()));
  }

  forward(x: tf.Tensor): tf.Tensor {
    let y = relu(this.batchNorm.forward(this.lin1.forward(x)));
    if (this.dropout) y = this.dropout.forward(y);
    for (const hidden of this.hiddenLayers) y = relu(hidden.forward(y));
    return this.outputProj.forward(y);
  }
}

class Cells extends Module {
  readonly lstm = new RNN(new LSTMCell(3, 4, R()));
  readonly gru: ReturnType<typeof both>;
  readonly simple = new RNN(new SimpleCell(8, 3, R()));

  constructor() {
    super();
    this.gru = both(() => new GRUCell(4, 4, { ...R(), useRecurrentBias: true }));
  }

  forward(x: tf.Tensor): tf.Tensor {
    return this.simple.forward(this.gru.forward(this.lstm.forward(x)));
  }
}

class Compact extends Module {
  readonly embed = new Embed(7, 3, R());
  readonly rnn = new RNN(new OptimizedLSTMCell(3, 4, R()));
  readonly head = new Linear(4, 2, R());

  forward(tokens: tf.Tensor): tf.Tensor {
    return this.head.forward(this.rnn.forward(this.embed.forward(tokens)));
  }
}

class Norms extends Module {
  readonly attention = new MultiHeadAttention(2, 8, { ...R(), decode: false });
  readonly layerNorm = new LayerNorm(8, R());
  readonly spectral = new SpectralNorm(new Linear(8, 6, R()), { ...R(), updateStats: false });
  readonly weightNorm = new WeightNorm(new Linear(6, 6, R()), R());
  readonly groupNorm = new GroupNorm(6, { ...R(), numGroups: 2 });
  readonly rms = new RMSNorm(6, R());
  readonly act = new PReLU();

  forward(x: tf.Tensor): tf.Tensor {
    const y = this.spectral.forward(this.layerNorm.forward(this.attention.forward(x)));
    return this.rms.forward(this.groupNorm.forward(this.act.forward(this.weightNorm.forward(y))));
  }
}

class Convs extends Module {
  readonly conv = new Conv(4, 6, [3, 2], { ...R(), strides: 2, featureGroupCount: 2 });
  readonly up = new ConvTranspose(6, 3, [3, 2], { ...R(), strides: 2 });

  forward(x: tf.Tensor): tf.Tensor {
    return this.up.forward(relu(this.conv.forward(x)));
  }
}

function both<C extends RNNCellBase>(make: () => C) {
  return new Bidirectional(new RNN(make()), new RNN(make()));
}

/** Modules that each stand for one of Flax's. */
export const MODELS: Record<string, Case> = {
  linear: layer(() => new Linear(4, 3, R())),
  linear_general: layer(() => new LinearGeneral(4, [2, 3], R())),
  einsum: layer(() => new Einsum("nta,hab->nthb", [3, 4, 2], [3, 2], R())),
  conv: layer(() => new Conv(4, 6, [3, 2], { ...R(), strides: 2, featureGroupCount: 2 })),
  conv_transpose: layer(() => new ConvTranspose(3, 4, [3, 2], { ...R(), strides: 2 })),
  batch_norm: layer(() => new BatchNorm(4, running())),
  embed: layer(() => new Embed(7, 3, R())),
  layer_norm: layer(() => new LayerNorm(5, R())),
  group_norm: layer(() => new GroupNorm(6, { ...R(), numGroups: 2 })),
  instance_norm: layer(() => new InstanceNorm(3, R())),
  rms_norm: layer(() => new RMSNorm(5, R())),
  prelu: layer(() => new PReLU()),
  lstm: layer(() => new RNN(new LSTMCell(3, 4, R()))),
  optimized_lstm: layer(() => new RNN(new OptimizedLSTMCell(3, 4, R()))),
  gru: layer(() => both(() => new GRUCell(3, 4, R()))),
  simple: layer(() => new RNN(new SimpleCell(3, 4, R()))),
  attention: layer(() => new MultiHeadAttention(2, 8, { ...R(), normalizeQk: true, decode: false })),
  lora: layer(() => new LoRA(4, 2, 3, { baseModule: new Linear(4, 3, R()), ...R() })),
  lora_linear: layer(() => new LoRALinear(4, 3, { loraRank: 2, ...R() })),
  weight_norm: layer(() => new WeightNorm(new Linear(4, 3, R()), R())),
  spectral_norm: layer(() => new SpectralNorm(new Linear(4, 3, R()), { ...R(), updateStats: false })),
  mlp: layer(() => new Mlp(true)),
  linen_mlp: layer(() => new Mlp(false)),
  linen_compact: {
    ...layer(() => new Compact()),
    rename: (name: string) =>
      name.replace("Embed_0", "embed").replace("OptimizedLSTMCell_0", "rnn").replace("Dense_0", "head"),
  },
  linen_cells: layer(() => new Cells()),
  linen_norms: layer(() => new Norms()),
  linen_convs: layer(() => new Convs()),
};
