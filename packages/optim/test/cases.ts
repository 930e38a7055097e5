/** @file The optimisers of the reference figures, and their gradients. */
import {
  adabelief,
  adadelta,
  adagrad,
  adam,
  adamax,
  adamw,
  addDecayedWeights,
  amsgrad,
  chain,
  clip,
  clipByGlobalNorm,
  exponentialDecay,
  lamb,
  lars,
  lion,
  nadam,
  novograd,
  radam,
  rmsprop,
  sgd,
  signSgd,
  yogi,
  MultiSteps,
} from "@nnx-js/optim";
import type { GradientTransformation } from "@nnx-js/optim";
import golden from "@nnx-js/testing/golden/optim.json";
import { wave } from "@nnx-js/testing";
import type * as tf from "@tensorflow/tfjs-core";

/** The transformations by the names that the reference file gives them. */
export const transformations: [name: string, make: () => GradientTransformation][] = [
  ["sgd", () => sgd(0.1)],
  ["sgd_momentum", () => sgd(0.1, { momentum: 0.9 })],
  ["sgd_nesterov", () => sgd(0.1, { momentum: 0.9, nesterov: true })],
  ["sgd_schedule", () => sgd(exponentialDecay(0.1, 3, 0.5))],
  ["adam", () => adam(1e-2)],
  ["adam_b", () => adam(1e-2, { b1: 0.8, b2: 0.95, eps: 1e-6 })],
  ["adam_eps_root", () => adam(1e-2, { epsRoot: 1e-4 })],
  ["nadam", () => nadam(1e-2)],
  ["adamw", () => adamw(1e-2)],
  ["adamw_wd", () => adamw(1e-2, { weightDecay: 0.1 })],
  ["adamax", () => adamax(1e-2)],
  ["amsgrad", () => amsgrad(1e-2)],
  ["rmsprop", () => rmsprop(1e-2)],
  ["rmsprop_centered", () => rmsprop(1e-2, { centered: true, momentum: 0.9 })],
  ["adagrad", () => adagrad(0.1)],
  ["adadelta", () => adadelta(1)],
  ["lion", () => lion(1e-3)],
  ["lamb", () => lamb(1e-2)],
  ["lars", () => lars(0.1)],
  ["radam", () => radam(1e-2)],
  ["adabelief", () => adabelief(1e-2)],
  ["yogi", () => yogi(1e-2)],
  ["novograd", () => novograd(1e-2)],
  ["sign_sgd", () => signSgd(1e-2)],
  ["clip_global_norm_adam", () => chain(clipByGlobalNorm(0.5), adam(1e-2))],
  ["clip_sgd", () => chain(clip(0.2), sgd(0.1))],
  ["multi_steps_adam_3", () => new MultiSteps(adam(1e-2), 3)],
  ["weight_decay_sgd", () => chain(addDecayedWeights(0.05), sgd(0.1))],
];

/** The parameters after each of ten steps with {@link gradients}. */
export function trajectory(name: string) {
  const found = golden.cases.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`no reference figures for ${name}`);
  return found.params_after;
}

/** The gradients of step `t`, as the reference file makes them. */
export function gradients(t: number): { w: tf.Tensor; b: tf.Tensor } {
  return { w: wave([4, 3], 1, 0.5 + t), b: wave([3], 1, 0.9 + t) };
}

/** How near the figures must be on a backend. */
export function toleranceOn(
  backend: string,
  onCpu: { rtol?: number; atol?: number } = {},
): { rtol: number; atol: number } {
  const { rtol = 1e-6, atol = 2e-7 } = onCpu;
  if (backend === "cpu" || backend === "wasm") return { rtol, atol };
  return { rtol: Math.max(rtol, 1e-5), atol: Math.max(atol, 1e-6) };
}
