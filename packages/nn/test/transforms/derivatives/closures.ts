/** @file Rules that close over what is around them: turns, lanes, branches; figures of `scripts/reference/closures.py`. */
import { cond, customJvp, customVjp, remat, scan, vmap } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import figures from "../../golden/closures.json" with { type: "json" };
import { det, loss } from "./models.ts";
import type { Case } from "./rules-inside.ts";

type Turn = (carry: tf.Tensor, x: tf.Tensor) => readonly [tf.Tensor, tf.Tensor];

/** A gradient that is not that of the function. */
const bentBy = (w: tf.Tensor) =>
  customVjp((x: tf.Tensor) => tf.mul(tf.tanh(x), w), {
    forward: (x) => [tf.mul(tf.tanh(x), w), tf.tanh(x)],
    backward: (y, g) => [tf.mul(tf.mul(tf.sin(g), w), tf.sub(1, tf.square(y)))],
  });
const bent = (x: tf.Tensor, w: tf.Tensor) => bentBy(w)(x);
/** A derivative that is not that of the function; the rule calls it. */
function leant(x: tf.Tensor, w: tf.Tensor): tf.Tensor {
  const f: (x: tf.Tensor) => tf.Tensor = customJvp(
    (x: tf.Tensor) => tf.mul(tf.tanh(x), w),
    ([x], [dx]) => [f(x), tf.mul(tf.mul(dx, tf.cos(x)), w)],
  );
  return f(x);
}
const halved = customVjp((x: tf.Tensor) => tf.tanh(x), {
  forward: (x) => [tf.tanh(x), tf.tanh(x)],
  backward: (y, g) => [tf.mul(tf.mul(g, tf.sub(1, tf.square(y))), 0.5)],
});
const outer = (x: tf.Tensor, w: tf.Tensor) =>
  customVjp((x: tf.Tensor) => tf.mul(tf.tanh(x), w), {
    forward: (x) => [tf.mul(halved(x), w), x],
    backward: (x, g) => [tf.add(tf.mul(g, halved(tf.mul(x, w))), tf.sin(g))],
  })(x);

const w = () => det([3], 0.8, 0.6);
const squares = (y: tf.Tensor) => loss(tf.square(y));
const sums = ([c, ys]: readonly [tf.Tensor, tf.Tensor]) => tf.add(squares(c), squares(ys));
const row = (x: tf.Tensor, i: number) => tf.reshape(tf.slice(x, i, 1), x.shape.slice(1));
const pick = (c: tf.Tensor, x: tf.Tensor) =>
  cond(
    tf.greater(tf.sum(x), 0.1),
    (c: tf.Tensor) => bent(c, x),
    (c) => tf.mul(tf.sin(c), x),
    c,
  );
const inner = (c: tf.Tensor, x: tf.Tensor) =>
  scan(
    (c: tf.Tensor, k: tf.Tensor) => [bent(tf.mul(c, k), tf.mul(x, c)), c] as const,
    c,
    tf.tensor1d([0.5, 1.5]),
  )[0];
const lane = (x: tf.Tensor) =>
  scan((c: tf.Tensor, x: tf.Tensor) => [bent(tf.add(c, x), x), leant(c, x)] as const, row(x, 0), x);
const over = (turn: Turn) => (x: tf.Tensor) => sums(scan(turn, w(), x));

/** Losses of a `[4, 3]` tensor. */
const CASES: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = {
  constant: (x) => {
    const bent = bentBy(w());
    return over((c, x) => [bent(tf.add(c, x)), tf.mul(c, x)])(x);
  },
  turn: over((c, x) => [bent(tf.add(c, x), x), tf.mul(bent(x, c), c)]),
  leaning: over((c, x) => [leant(tf.add(c, x), x), tf.add(tf.mul(leant(x, c), c), leant(c, w()))]),
  branches: over((c, x) => [tf.add(pick(c, x), tf.mul(c, 0.5)), pick(x, c)]),
  nested: over((c, x) => [inner(c, x), tf.mul(inner(x, w()), c)]),
  remat: over(remat((c: tf.Tensor, x: tf.Tensor) => [bent(c, x), leant(x, c)] as const)),
  lanes: (x) => sums(vmap(lane)(tf.stack([tf.slice(x, [0, 0], [4, 2]), tf.slice(x, [0, 1], [4, 2])]))),
  rulesInRules: over((c, x) => [outer(tf.add(c, x), x), tf.mul(outer(x, c), c)]),
  lanesInside: over((c, x) => [
    vmap((c: tf.Tensor, x: tf.Tensor) => tf.add(bent(c, x), leant(x, c)))(c, x),
    c,
  ]),
};

/** The cases, and what JAX gives for each. */
export const CLOSURES: readonly Case[] = figures.cases.map((golden) => ({
  ...golden,
  f: CASES[golden.name]!,
}));
