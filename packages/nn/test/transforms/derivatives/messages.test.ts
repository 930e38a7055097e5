/** @file What derivatives say about calls that are wrong, to callers without types. */
import * as nn from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

// What an editor would not let pass.
const { customVjp, grad, jacfwd, jvp, linearize, remat, StateAxes, vjp } = nn as unknown as Record<
  "customVjp" | "grad" | "jacfwd" | "jvp" | "linearize" | "remat" | "vjp",
  (...args: unknown[]) => (...args: unknown[]) => unknown
> & { readonly StateAxes: new (given: unknown) => unknown };

const makeX = () => tf.tensor1d([1, 2, 3]);
const same = (x: tf.Tensor) => tf.clone(x);
const total = (f: (x: tf.Tensor) => unknown) => (x: tf.Tensor) => tf.sum(f(x) as tf.Tensor);

test("misspelt options", () => {
  const x = makeX();
  expect(() => jvp(same, [x], [x], { hasaux: true })).toThrow(
    "jvp: expected the option hasAux, got hasaux. Did you mean hasAux?",
  );
  expect(() => vjp(same, [x], { has_aux: true })).toThrow("vjp: expected the option hasAux, got has_aux.");
  expect(() => linearize(same, [x], { aux: true })).toThrow(
    "linearize: expected the option hasAux, got aux.",
  );
  expect(() => jacfwd(same, { argnum: 1 })).toThrow(
    "jacfwd: expected the options argnums, hasAux, got argnum. Did you mean argnums?",
  );
  expect(() => remat(same, { polcy: 1 })).toThrow(
    "remat: expected the option policy, got polcy. Did you mean policy?",
  );
  expect(() => remat(same, { policy: "dots_saveable" })).toThrow(
    'remat: expected a function for policy, got "dots_saveable". Did you mean dotsSaveable?',
  );
});

test("arguments and directions that are not alike", () => {
  const x = makeX();
  expect(() => jvp(same, [x], [x, x])).toThrow(
    "jvp: tangents: expected an array of 1 as in what is differentiated, found an array of 2.",
  );
});

test("rules of customVjp", () => {
  const x = makeX();
  const forward = (x: tf.Tensor) => [same(x), undefined];
  const backward = (_: unknown, dy: tf.Tensor) => [dy];
  const of = (rules: object) => () => grad(total(customVjp(same, rules)))(x);
  expect(() => customVjp(same)).toThrow("customVjp: expected a function, got undefined.");
  expect(of({ forward, backward: (_: unknown, dy: tf.Tensor) => dy })).toThrow(
    "customVjp: gradient: expected an array of 1 as in what is differentiated, found a float32 tensor [3].",
  );
  expect(of({ forward: same, backward })).toThrow(
    "customVjp: expected a forward that returns [out, residuals], got a float32 tensor [3].",
  );
  expect(of({ forward: (x: tf.Tensor) => [tf.sum(x), undefined], backward })).toThrow(
    "customVjp: expected forward to return [out, residuals] with an out of float32 [3], as the function returns, " +
      "found float32 [].",
  );
});

test("axes that are no list of pairs", () => {
  expect(() => new StateAxes({ kernel: 0 })).toThrow("StateAxes: expected pairs of a filter and an axis.");
});
