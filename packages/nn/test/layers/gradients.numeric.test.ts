import {
  BatchNorm,
  Einsum,
  GroupNorm,
  InstanceNorm,
  iterVariables,
  LayerNorm,
  Linear,
  LinearGeneral,
  LoRA,
  LoRALinear,
  Module,
  Param,
  PReLU,
  RMSNorm,
  Rngs,
  SpectralNorm,
  valueAndGrad,
  WeightNorm,
} from "@nnx-js/nn";
import { finiteDifference, wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

interface Layer extends Module {
  forward(x: tf.Tensor): tf.Tensor;
}

/** Lets some of the inputs enter the statistics. */
class Masked extends Module {
  readonly norm: BatchNorm | LayerNorm;
  constructor(norm: BatchNorm | LayerNorm) {
    super();
    this.norm = norm;
  }
  forward(x: tf.Tensor): tf.Tensor {
    return this.norm.forward(x, { mask: tf.less(wave(x.shape), 0.6) });
  }
}

const R = () => ({ rngs: new Rngs(0) });
const bare = { useScale: false, useBias: false };
/** Its gradient takes the singular vectors for constants, which is exact when they are. */
const converged = () => ({ ...R(), nSteps: 40 });

const LAYERS: [name: string, make: () => Layer, shape: number[]][] = [
  ["Linear", () => new Linear(4, 3, R()), [2, 4]],
  ["LinearGeneral", () => new LinearGeneral([4, 2], [3], { axis: [1, -1], ...R() }), [3, 4, 2]],
  [
    "LinearGeneral with a batch axis",
    () => new LinearGeneral(3, [2, 2], { batchAxis: { 0: 2 }, ...R() }),
    [2, 2, 3],
  ],
  ["Einsum", () => new Einsum("nta,hab->nthb", [2, 4, 3], [2, 3], R()), [2, 3, 4]],
  ["Einsum that sums and broadcasts", () => new Einsum("a...b,cbd->d...", [2, 3, 2], [2], R()), [2, 2, 3]],
  ["BatchNorm", () => new BatchNorm(4, R()), [3, 4]],
  ["BatchNorm in two passes", () => new BatchNorm(4, { ...R(), useFastVariance: false }), [3, 4]],
  ["BatchNorm without scale and bias", () => new BatchNorm(4, { ...R(), ...bare }), [3, 4]],
  ["BatchNorm without bias", () => new BatchNorm(3, { ...R(), useBias: false, axis: 1 }), [2, 3, 2]],
  ["BatchNorm in evaluation", () => new BatchNorm(4, { ...R(), useRunningAverage: true }), [3, 4]],
  ["BatchNorm with a mask", () => new Masked(new BatchNorm(4, R())), [3, 4]],
  [
    "LayerNorm with a mask, in two passes",
    () => new Masked(new LayerNorm(4, { ...R(), useFastVariance: false })),
    [2, 4],
  ],
  ["LayerNorm", () => new LayerNorm(4, R()), [2, 4]],
  ["LayerNorm in two passes", () => new LayerNorm(4, { ...R(), useFastVariance: false }), [2, 4]],
  ["LayerNorm without scale and bias", () => new LayerNorm(4, { ...R(), ...bare }), [2, 4]],
  ["RMSNorm", () => new RMSNorm(4, R()), [2, 4]],
  ["RMSNorm without scale", () => new RMSNorm(4, { ...R(), useScale: false }), [2, 4]],
  ["GroupNorm", () => new GroupNorm(6, { ...R(), numGroups: 3 }), [2, 3, 6]],
  ["InstanceNorm", () => new InstanceNorm(3, R()), [2, 4, 3]],
  ["LoRA", () => new LoRA(4, 2, 3, { ...R(), baseModule: new Linear(4, 3, R()) }), [2, 4]],
  ["LoRALinear", () => new LoRALinear(4, 3, { ...R(), loraRank: 2 }), [2, 4]],
  ["PReLU", () => new PReLU(), [2, 4]],
  ["WeightNorm", () => new WeightNorm(new Linear(4, 3, R()), R()), [2, 4]],
  ["SpectralNorm", () => new SpectralNorm(new Linear(4, 3, R()), converged()), [2, 4]],
];

test.each(LAYERS)(
  "the gradients of %s by its input and its parameters are those of finite differences",
  async (_, make, shape) => {
    const model = make();
    const params = iterVariables(model)
      .map(([, variable]) => variable)
      .filter((variable) => variable instanceof Param);
    // Scales and biases that differ from one another.
    for (const [i, param] of params.entries()) {
      param.value = tf.add(param.value, wave([...param.shape], 0.3, i));
    }
    const values = [wave(shape, 2, 0.5), ...params.map((param) => param.value.clone())];
    const directions = values.map((value, i) => wave(value.shape, 0.5, 2 + i));
    const loss = (layer: Layer, x: tf.Tensor) => {
      const y = layer.forward(x);
      return tf.sum(tf.mul(y, wave(y.shape, 1, 1.1)));
    };

    const [, [grads, dx]] = valueAndGrad(loss, { argnums: [0, 1] as const })(model, values[0]);
    const gradients = [dx, ...[...grads].map(([, { value }]) => value)];
    const analytic = tf.addN(gradients.map((gradient, i) => tf.sum(tf.mul(gradient, directions[i]!))));
    const numeric = await finiteDifference(
      (x, ...weights) => {
        for (const [i, param] of params.entries()) param.value = weights[i]!.clone();
        return loss(model, x);
      },
      values,
      directions,
    );
    await expect(analytic).toBeAllClose([numeric], { rtol: 2e-3, atol: 2e-3 });
  },
);
