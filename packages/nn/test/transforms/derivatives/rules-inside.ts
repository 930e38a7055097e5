/** @file A rule that is not the derivative, inside of loops, branches and lanes; figures of `scripts/reference/derivatives.py`. */
import { checkpointPolicies, cond, customVjp, foriLoop, grad, hvp, remat, scan, vmap } from "@nnx-js/nn";
import type { GoldenArray } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import figures from "../../golden/derivatives.json" with { type: "json" };
import { det, loss } from "./models.ts";

type Turn = (carry: tf.Tensor, x: tf.Tensor) => readonly [tf.Tensor, tf.Tensor];

const bent = customVjp((x: tf.Tensor, w: tf.Tensor) => tf.mul(tf.tanh(x), w), {
  forward: (x, w) => [tf.mul(tf.tanh(x), w), [tf.tanh(x), w] as const],
  backward: ([y, w], g) => [tf.mul(tf.mul(tf.sin(g), w), tf.sub(1, tf.square(y))), tf.mul(g, tf.cos(y))],
});
const w = () => det([3], 0.8, 0.6);
const halved = customVjp((x: tf.Tensor) => tf.tanh(x), {
  forward: (x) => [tf.tanh(x), tf.tanh(x)],
  backward: (y, g) => [tf.mul(tf.mul(g, tf.sub(1, tf.square(y))), 0.5)],
});
const outer = customVjp((x: tf.Tensor) => tf.mul(tf.tanh(x), x), {
  forward: (x) => [tf.mul(halved(x), x), x],
  backward: (x, g) => [tf.add(tf.mul(g, halved(tf.mul(x, 0.7))), tf.sin(g))],
});
const row = (x: tf.Tensor, i: number) => tf.reshape(tf.slice(x, i, 1), x.shape.slice(1));
const squares = (y: tf.Tensor) => loss(tf.square(y));
const sums = ([c, ys]: readonly [tf.Tensor, tf.Tensor]) => tf.add(squares(c), squares(ys));
const turn: Turn = (c, x) => [bent(tf.add(c, x), w()), tf.mul(bent(x, c), c)];
const pick = (c: tf.Tensor, x: tf.Tensor) =>
  cond(
    tf.greater(tf.sum(x), 0.1),
    (c: tf.Tensor) => bent(c, x),
    (c) => tf.mul(tf.sin(c), x),
    c,
  );
const inner = (c: tf.Tensor, x: tf.Tensor) =>
  scan((c: tf.Tensor, k: tf.Tensor) => [bent(tf.mul(c, k), x), c] as const, c, tf.tensor1d([0.5, 1.5]))[0];
const again = (x: tf.Tensor) => bent(tf.add(bent(x, x), x), x);
const twice = remat(again);
const policy = checkpointPolicies.everythingSaveable;

/** Losses of a `[4, 3]` tensor. */
const CASES: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = {
  scan: (x) => sums(scan(turn, w(), x)),
  reverse: (x) => sums(scan(turn, w(), x, { reverse: true, unroll: 2 })),
  foriLoop: (x) =>
    squares(
      foriLoop(
        0,
        3,
        (i: tf.Scalar, c: tf.Tensor) => bent(tf.add(c, tf.mul(tf.cast(i, "float32"), 0.1)), c),
        row(x, 0),
      ),
    ),
  cond: (x) => tf.add(squares(pick(row(x, 0), row(x, 1))), squares(pick(row(x, 1), row(x, 0)))),
  condInScan: (x) =>
    sums(
      scan((c: tf.Tensor, x: tf.Tensor) => [tf.add(pick(c, x), tf.mul(c, 0.5)), pick(x, c)] as const, w(), x),
    ),
  scanInCond: (x) =>
    squares(
      cond(
        tf.greater(tf.sum(x), 0.1),
        (x: tf.Tensor) => scan(turn, w(), x)[0],
        (x) => tf.mul(row(x, 0), row(x, 1)),
        x,
      ),
    ),
  nested: (x) =>
    sums(scan((c: tf.Tensor, x: tf.Tensor) => [inner(c, x), tf.mul(inner(x, w()), c)] as const, w(), x)),
  lanesOfScan: (x) =>
    squares(
      vmap(
        (x: tf.Tensor) =>
          scan(
            (c: tf.Tensor, x: tf.Tensor) => [bent(tf.add(c, x), x), tf.mul(c, x)] as const,
            row(x, 0),
            x,
          )[0],
      )(tf.stack([tf.slice(x, [0, 0], [4, 2]), tf.slice(x, [0, 1], [4, 2])])),
    ),
  scanOfLanes: (x) =>
    squares(scan((c: tf.Tensor, x: tf.Tensor) => [vmap(bent)(tf.add(c, x), c), null] as const, w(), x)[0]),
  rulesInRules: (x) =>
    sums(scan((c: tf.Tensor, x: tf.Tensor) => [outer(tf.add(c, x)), tf.mul(outer(x), c)] as const, w(), x)),
  remat: (x) => squares(twice(x)),
  rematInScan: (x) => sums(scan(remat(turn), w(), x)),
  rematOfScan: (x) => squares(remat((x: tf.Tensor) => scan(turn, w(), x)[0])(x)),
  lanesOfRemat: (x) => squares(vmap(remat((x: tf.Tensor) => bent(tf.add(bent(x, w()), x), x)))(x)),
};

/** The same computed again, or with all kept. */
const AGAIN: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = {
  lanesOfScan: (x) =>
    squares(
      vmap(
        (x: tf.Tensor) =>
          scan(
            remat((c: tf.Tensor, x: tf.Tensor) => [bent(tf.add(c, x), x), tf.mul(c, x)] as const),
            row(x, 0),
            x,
          )[0],
      )(tf.stack([tf.slice(x, [0, 0], [4, 2]), tf.slice(x, [0, 1], [4, 2])])),
    ),
  remat: (x) => squares(remat(again, { policy })(x)),
  rematInScan: (x) => sums(scan(remat(turn, { policy }), w(), x)),
  rematOfScan: (x) => squares(remat((x: tf.Tensor) => scan(turn, w(), x)[0], { policy })(x)),
};

/** A function, and what JAX gives for its derivatives. */
export interface Case {
  readonly name: string;
  readonly f: (x: tf.Tensor) => tf.Tensor;
  readonly value: GoldenArray;
  readonly gradients: readonly GoldenArray[];
  /** None where forward mode comes to a rule within a rule. */
  readonly hvp: readonly GoldenArray[];
}

/** The cases, and what JAX gives for each. */
export const RULES_INSIDE: readonly Case[] = figures.inside.flatMap((golden) => [
  { ...golden, f: CASES[golden.name]! },
  ...(golden.name in AGAIN ? [{ ...golden, name: `${golden.name}, again`, f: AGAIN[golden.name]! }] : []),
]);

/** The value, gradients, each of the last one's squares, and a product with the Hessian, as there are figures. */
export function derivativesOf({ f, gradients, hvp: products }: Case, x: tf.Tensor): tf.Tensor[] {
  const ofSquares = (g: (x: tf.Tensor) => tf.Tensor) => grad((x: tf.Tensor) => tf.sum(tf.square(g(x))));
  const first = grad(f);
  const second = ofSquares(first);
  const third = gradients.slice(2).map(() => ofSquares(second)(x));
  const forward = products.map(() => hvp(f, [x], [det([4, 3], 0.3)]));
  return [f(x), first(x), second(x), ...third, ...forward];
}

/** Throws where a tensor is none of the figures of a case. */
export async function expectDerivatives(
  { value, gradients, hvp }: Case,
  found: readonly tf.Tensor[],
): Promise<void> {
  const expected = [value, ...gradients, ...hvp];
  expect(found.length).toBe(expected.length);
  for (const [i, figure] of expected.entries())
    await expect(found[i]!, String(i)).toBeAllClose(figure, { scaled: true });
}
