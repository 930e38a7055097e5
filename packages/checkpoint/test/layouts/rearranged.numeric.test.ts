import { loadModel, memoryTarget, saveModel } from "@nnx-js/checkpoint";
import {
  Bidirectional,
  Conv,
  ConvTranspose,
  GRUCell,
  initializers,
  Linear,
  LinearGeneral,
  LSTMCell,
  MultiHeadAttention,
  PReLU,
  RNN,
  Rngs,
  state,
  variables,
  WeightNorm,
} from "@nnx-js/nn";
import { expect, test } from "vitest";

/** Layers whose parameters are transposed, turned round, joined or reshaped in files of PyTorch. */
function make(seed: number) {
  const options = { rngs: new Rngs(seed), biasInit: initializers.normal(1) };
  return {
    attention: new MultiHeadAttention(2, 4, { ...options, decode: false }),
    conv: [new Conv(2, 4, 3, { ...options, featureGroupCount: 2 }), new Conv(2, 3, [3, 2, 1], options)],
    general: new LinearGeneral([2, 3], [4, 2], { ...options, axis: [-2, -1] }),
    norm: new WeightNorm(new Linear(3, 2, options), options),
    prelu: new PReLU({ negativeSlopeInit: seed }),
    rnn: new Bidirectional(new RNN(new LSTMCell(3, 2, options)), new RNN(new LSTMCell(3, 2, options))),
    gru: new GRUCell(3, 2, { ...options, useRecurrentBias: true }),
    up: [new ConvTranspose(2, 3, [3, 2], options), new ConvTranspose(2, 3, [2, 2, 3], options)],
    upTurned: new ConvTranspose(2, 3, [3], { ...options, transposeKernel: true }),
  };
}

test.each(["torch", "flax"] as const)(
  "what is written in the layout %s comes back bit by bit",
  async (layout) => {
    const [model, other] = [make(1), make(2)];
    const target = memoryTarget();
    await saveModel(model, target, { layout });
    await loadModel(other, target.bytes(), { layout });
    const others = variables(other);
    for (const [path, variable] of variables(model)) {
      const isStream = path.includes("rngs");
      const expected = isStream ? variables(make(2)).leaf(...path) : variable;
      expect([...(await others.leaf(...path).value.data())], path.join(".")).toEqual([
        ...(await expected.value.data()),
      ]);
    }
    expect(state(model).size).toBeGreaterThan(20);
  },
);
