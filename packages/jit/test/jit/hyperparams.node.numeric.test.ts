/** @file Wrapped optimisers in compiled steps: one program, whatever is set from outside. */
import { jit } from "@nnx-js/jit";
import { Linear, Param, PathContains, Rngs, valueAndGrad } from "@nnx-js/nn";
import {
  adam,
  adamw,
  applyIfFinite,
  chain,
  clipByGlobalNorm,
  decayMask,
  type GradientTransformation,
  injectHyperparams,
  lookahead,
  MultiSteps,
  Optimizer,
  partition,
  reduceOnPlateau,
  sgd,
  skipNotFinite,
} from "@nnx-js/optim";
import * as tf from "@tensorflow/tfjs-core";
import { expect, inject, it, test } from "vitest";

const tolerance = inject("backend") === "webgpu" ? { rtol: 1e-5, atol: 1e-5 } : { rtol: 1e-6, atol: 2e-7 };

function step(model: Linear, optimizer: Optimizer<Linear>, x: tf.Tensor): tf.Tensor {
  const lossFn = (model: Linear) => tf.mean(tf.square(tf.sub(model.forward(x), 1)));
  const [value, grads] = valueAndGrad(lossFn)(model);
  optimizer.update(model, grads, { value });
  return value;
}

const makeModel = () => new Linear(3, 2, { rngs: new Rngs(0) });

it("sees a rate that is set in the optState without compiling again", async () => {
  const [compiled, eager] = [makeModel(), makeModel()].map((model) => ({
    model,
    optimizer: new Optimizer(model, injectHyperparams(adam)({ learningRate: 0.1 }), { wrt: Param }),
  })) as [Run, Run];
  const jitted = jit(step);
  const x = new Rngs(1).normal([4, 3]);
  for (const rate of [0.1, 0.1, 0.01, 0, 0.5]) {
    for (const { optimizer } of [compiled, eager]) {
      optimizer.optState.hyperparams.learningRate.value = tf.scalar(rate);
    }
    jitted(compiled.model, compiled.optimizer, x).dispose();
    tf.tidy(() => step(eager.model, eager.optimizer, x));
    await expect(compiled.model.kernel.value).toBeAllClose(eager.model.kernel.value, tolerance);
  }
  expect(jitted.cacheSize()).toBe(1);
});

interface Run {
  readonly model: Linear;
  readonly optimizer: Optimizer<Linear, ReturnType<ReturnType<typeof makeInjected>["init"]>>;
}
const makeInjected = () => injectHyperparams(adam)({ learningRate: 0.1 });

const wrapped: [name: string, make: () => GradientTransformation][] = [
  ["MultiSteps", () => new MultiSteps(adamw(0.1, { mask: decayMask }), 3)],
  [
    "groups in MultiSteps that skip",
    () =>
      new MultiSteps(
        partition([
          [PathContains("bias"), sgd(0.1)],
          [true, chain(clipByGlobalNorm(0.5), adam(0.1))],
        ]),
        2,
        { shouldSkipUpdateFn: skipNotFinite },
      ),
  ],
  [
    "applyIfFinite and reduceOnPlateau",
    () => chain(applyIfFinite(adam(0.1), 3), reduceOnPlateau({ patience: 1 })),
  ],
  ["lookahead", () => lookahead(sgd(0.1), 2, 0.5, { resetState: true })],
];

test.each(wrapped)("%s is one program, that of another optimizer made alike too", async (_name, make) => {
  const [compiled, eager, again] = [makeModel(), makeModel(), makeModel()].map((model) => ({
    model,
    optimizer: new Optimizer(model, make(), { wrt: Param }),
  })) as [Plain, Plain, Plain];
  const jitted = jit(step);
  const x = new Rngs(1).normal([4, 3]);
  for (let i = 0; i < 5; i++) {
    const input = i === 2 ? tf.mul(x, NaN) : x;
    jitted(compiled.model, compiled.optimizer, input).dispose();
    tf.tidy(() => step(eager.model, eager.optimizer, input));
    await expect(compiled.model.kernel.value).toBeAllClose(eager.model.kernel.value, tolerance);
    await expect(compiled.model.bias!.value).toBeAllClose(eager.model.bias!.value, tolerance);
  }
  jitted(again.model, again.optimizer, x).dispose();
  expect(jitted.cacheSize()).toBe(1);
});

interface Plain {
  readonly model: Linear;
  readonly optimizer: Optimizer<Linear>;
}
