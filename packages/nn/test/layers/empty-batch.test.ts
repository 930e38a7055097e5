import {
  BatchNorm,
  Conv,
  ConvTranspose,
  Embed,
  grad,
  GroupNorm,
  GRUCell,
  LayerNorm,
  Linear,
  LSTMCell,
  maxPool,
  type Module,
  MultiHeadAttention,
  RNN,
  Rngs,
} from "@nnx-js/nn";
import { useBackend } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/** A layer, how it is called, and the shape of its output for no example. */
interface Case<M extends Module = Module> {
  make: (rngs: Rngs) => M;
  run: (layer: M) => tf.Tensor;
  shape: number[];
}

const aCase = <M extends Module>(
  name: string,
  make: (rngs: Rngs) => M,
  run: (layer: M) => tf.Tensor,
  shape: number[],
): [string, Case] => {
  // What a case runs is the layer that it makes.
  return [name, { make, run, shape } as unknown as Case];
};

const pictures = () => tf.zeros([0, 5, 5, 2]);

const CASES = [
  aCase(
    "Linear",
    (rngs) => new Linear(2, 3, { rngs }),
    (layer) => layer.forward(tf.zeros([0, 4, 2])),
    [0, 4, 3],
  ),
  aCase(
    "Conv with strides",
    (rngs) => new Conv(2, 3, [3, 3], { strides: 2, rngs }),
    (layer) => layer.forward(pictures()),
    [0, 3, 3, 3],
  ),
  aCase(
    "Conv with groups",
    (rngs) => new Conv(2, 4, [3, 3], { featureGroupCount: 2, rngs }),
    (layer) => layer.forward(pictures()),
    [0, 5, 5, 4],
  ),
  aCase(
    "Conv around",
    (rngs) => new Conv(2, 3, [3, 3], { padding: "CIRCULAR", rngs }),
    (layer) => layer.forward(pictures()),
    [0, 5, 5, 3],
  ),
  aCase(
    "ConvTranspose",
    (rngs) => new ConvTranspose(2, 3, [3, 3], { strides: 2, padding: "CIRCULAR", rngs }),
    (layer) => layer.forward(pictures()),
    [0, 10, 10, 3],
  ),
  aCase(
    "maxPool",
    (rngs) => new Conv(2, 3, [3, 3], { rngs }),
    (layer) => maxPool(layer.forward(pictures()), [2, 2]),
    [0, 4, 4, 3],
  ),
  aCase(
    "Embed",
    (rngs) => new Embed(5, 3, { rngs }),
    (layer) => layer.forward(tf.zeros([0, 2], "int32")),
    [0, 2, 3],
  ),
  aCase(
    "Embed of one vector",
    (rngs) => new Embed(1, 3, { rngs }),
    (layer) => layer.forward(tf.zeros([0], "int32")),
    [0, 3],
  ),
  aCase(
    "LayerNorm",
    (rngs) => new LayerNorm(3, { rngs }),
    (layer) => layer.forward(tf.zeros([0, 3])),
    [0, 3],
  ),
  aCase(
    "GroupNorm",
    (rngs) => new GroupNorm(4, { numGroups: 2, rngs }),
    (layer) => layer.forward(tf.zeros([0, 5, 4])),
    [0, 5, 4],
  ),
  aCase(
    "BatchNorm",
    (rngs) => new BatchNorm(2, { useRunningAverage: true, rngs }),
    (layer) => layer.forward(pictures()),
    [0, 5, 5, 2],
  ),
  aCase(
    "MultiHeadAttention",
    (rngs) => new MultiHeadAttention(2, 4, { decode: false, rngs }),
    (layer) => layer.forward(tf.zeros([0, 3, 4])),
    [0, 3, 4],
  ),
  aCase(
    "RNN",
    (rngs) => new RNN(new LSTMCell(2, 3, { rngs })),
    (layer) => layer.forward(tf.zeros([0, 4, 2])),
    [0, 4, 3],
  ),
  aCase(
    "RNN backwards",
    (rngs) => new RNN(new GRUCell(2, 3, { rngs }), { reverse: true }),
    (layer) => layer.forward(tf.zeros([0, 4, 2]), { seqLengths: tf.zeros([0], "int32") }),
    [0, 4, 3],
  ),
];

// TensorFlow.js refuses such tensors on webgl and webgpu, by an error.
describe.each(["cpu", "wasm"] as const)("on %s", (backend) => {
  beforeAll(async () => void (await useBackend(backend)));
  afterAll(async () => void (await useBackend("cpu")));

  test.each(CASES)(
    "%s takes a batch of no examples, whose gradients are zeros",
    async (_name, { make, run, shape }) => {
      const layer = make(new Rngs(0));
      // Leaves numbers in the memory that is used next.
      for (let size = 1; size < 40; size++) tf.mul(tf.ones([size]), 7).dispose();
      expect(run(layer).shape).toEqual(shape);
      const gradients = grad((model: Module) => tf.sum(run(model)))(layer);
      for (const [, { value }] of gradients) {
        await expect(value).toBeAllClose(tf.zeros(value.shape));
      }
    },
  );
});
