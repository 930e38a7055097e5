/** @file The diagonal of a Hessian, estimated. */
import { madeBy, MissingArgumentError } from "@nnx-js/nn";
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import type { GradientTransformation, UpdateArguments } from "../transformation.ts";
import { type Tree, treeMap } from "../tree.ts";
import { gradientOf } from "./differentiate.ts";
import { randomLike } from "./random-like.ts";
import { requireParams } from "./required.ts";
import { dot } from "./tree-math.ts";

/** The key of the next estimate, int32 `[2]`. */
export type HutchinsonState = { readonly key: tf.Tensor };

/**
 * An estimate of the diagonal of the Hessian of the loss, `r ⊙ H r` for random signs r, instead of updates; unbiased.
 * It differentiates the loss twice.
 *
 * @param randomSeed a seed, or a key of `random`. Default 0.
 * @throws MissingArgumentError by `update` without `params` or the loss as a function of them: `{ objFn }` or
 *   `{ valueFn }`
 * @see optax.contrib.hutchinson_estimator_diag_hessian; Hutchinson, A stochastic estimator of the trace, 1989
 */
export function hutchinsonEstimatorDiagHessian(
  randomSeed: number | tf.Tensor = 0,
): GradientTransformation<HutchinsonState> {
  const transformation: GradientTransformation<HutchinsonState> = {
    init: () => ({ key: typeof randomSeed === "number" ? random.key(randomSeed) : randomSeed.clone() }),
    update(updates, state, given, args) {
      const params = requireParams(given, "hutchinsonEstimatorDiagHessian");
      const loss = objectiveOf(args);
      const keys = random.split(state.key);
      const signs = randomLike(random.take(keys, 1), params, rademacher);
      const product = hessianVectorProduct(loss, params, signs);
      // Gradients are shaped as the parameters, and so are updates.
      const diagonal = treeMap((h, r) => tf.mul(h, r), product, signs) as typeof updates;
      return [diagonal, { key: random.take(keys, 0) }];
    },
  };
  return madeBy(transformation, hutchinsonEstimatorDiagHessian, [randomSeed]);
}

/** 1 or -1, each as likely. @see `jax.random.rademacher` */
function rademacher(key: tf.Tensor, leaf: tf.Tensor): tf.Tensor {
  const isOne = random.bernoulli(key, 0.5, leaf.shape);
  return tf.sub(tf.mul(2, tf.cast(isOne, "float32")), 1);
}

/** The derivative of the gradient along `direction`: that of the gradient's part along it. */
function hessianVectorProduct(loss: (params: Tree) => tf.Tensor, params: Tree, direction: Tree): Tree {
  const along = (point: Tree) => dot(gradientOf(loss, point), direction);
  return gradientOf(along, params);
}

function objectiveOf(args: UpdateArguments | undefined): (params: Tree) => tf.Tensor {
  const fn = args?.["objFn"] ?? args?.valueFn;
  // What it gives is checked when it is differentiated.
  if (typeof fn === "function") return fn as (params: Tree) => tf.Tensor;
  throw new MissingArgumentError(
    "hutchinsonEstimatorDiagHessian: expected the loss as a function of the parameters, got none. " +
      "Write optimizer.update(model, grads, { valueFn: (model) => loss of the model }).",
  );
}
