/** @file SM3's direction. */
import { assertOptions } from "../checked-arguments.ts";
import { madeBy, type Path } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { complement, type Hyperparameter } from "../hyperparameter.ts";
import { leafAt } from "../nest.ts";
import type { GradientTransformation } from "../transformation.ts";
import { mapLeaves, type Tree, treeMap } from "../tree.ts";
import { zerosLike } from "./filled.ts";
import { mapToMany } from "./leafwise.ts";
import { updateMoment } from "./moments.ts";
import { inverseRoot } from "./scale-by-rss.ts";
import { NOT_NEGATIVE, SHARE } from "../ranges.ts";

/** What SM3 remembers: for each parameter a vector for each of its axes (mu), and the momentum (nu). */
export type Sm3State = { readonly mu: Tree; readonly nu: Tree };

/** Options of {@link scaleBySm3}. */
export interface ScaleBySm3Options {
  /** Decay of the momentum. Default 0.9. */
  b1?: Hyperparameter | undefined;
  /** Decay of the sums of squares. Default 1: they are sums. */
  b2?: Hyperparameter | undefined;
  /** Added inside the root. Default 1e-8. */
  eps?: Hyperparameter | undefined;
}

/**
 * Momentum over Adagrad's direction, whose sums of squares are known by their largest in each row, column and so on:
 * a vector for each axis instead of a copy of the parameters. A scalar has the sum itself (Optax refuses scalars).
 *
 * @see optax.scale_by_sm3; Anil et al., Memory-efficient adaptive optimization, 2019
 */
export function scaleBySm3(options: ScaleBySm3Options = {}): GradientTransformation<Sm3State> {
  assertOptions(options, "scaleBySm3", { b1: SHARE, b2: SHARE, eps: NOT_NEGATIVE });
  const { b1 = 0.9, b2 = 1, eps = 1e-8 } = options;
  const share = b2 === 1 ? 1 : complement(b2);
  const transformation: GradientTransformation<Sm3State> = {
    init: (params) => ({
      // Lists of tensors at the leaves of a tree are a tree.
      mu: mapLeaves((_path, param: tf.Tensor) => zerosForAxes(param), params, []) as Tree,
      nu: zerosLike(params),
    }),
    update(updates, state) {
      const [accumulated, mu] = mapToMany((path, g) => {
        const vectors = vectorsAt(state.mu, path);
        const spread = vectors.map((vector, i) => tf.reshape(vector, alongAxis(g, i)));
        const least = spread.reduce((a, b) => tf.minimum(a, b));
        const sum = tf.add(tf.mul(share, tf.square(g)), tf.mul(b2, least));
        return [sum, g.rank < 2 ? [sum] : g.shape.map((_, i) => tf.max(sum, otherAxes(g, i)))];
      }, updates);
      const directions = treeMap((g, sum) => tf.mul(g, inverseRoot(sum, eps)), updates, accumulated);
      const nu = updateMoment(directions, state.nu, b1);
      return [nu, { mu, nu }];
    },
  };
  return madeBy(transformation, scaleBySm3, [b1, b2, eps]);
}

/** The vectors of a parameter; a scalar has one number. */
function zerosForAxes({ shape }: tf.Tensor): tf.Tensor[] {
  return shape.length === 0 ? [tf.scalar(0)] : shape.map((size) => tf.zeros([size]));
}

function vectorsAt(mu: Tree, path: Path): tf.Tensor[] {
  // It was made so.
  return leafAt(mu, path) as unknown as tf.Tensor[];
}

function alongAxis({ shape }: tf.Tensor, axis: number): number[] {
  return shape.map((size, i) => (i === axis ? size : 1));
}

function otherAxes({ shape }: tf.Tensor, axis: number): number[] {
  return shape.map((_, i) => i).filter((i) => i !== axis);
}
