/** @file What derivatives say about calls that are wrong, to callers without types. */
import * as nn from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

// What an editor would not let pass.
const { customJvp, customVjp, grad, hvp, jacfwd, jvp, linearize, remat, StateAxes, vjp } =
  nn as unknown as Record<
    "customJvp" | "customVjp" | "grad" | "hvp" | "jacfwd" | "jvp" | "linearize" | "remat" | "vjp",
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

test("a pullback that customVjp is to keep", () => {
  const f = nn.customVjp(same, {
    forward: (x) => {
      const [y, pullback] = nn.vjp(same, [x]);
      return [y, { pullback }] as const;
    },
    backward: ({ pullback }, dy) => pullback(dy),
  });
  expect(() => grad(total(f))(makeX())).toThrow(
    "customVjp: residuals at pullback: expected tensors and Modules, found a function of vjp or linearize. Keep its " +
      "arguments, and take it in backward: backward: (args, g) => vjp(f, args)[1](g).",
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
    "customVjp: out of forward: expected float32 [3] as the function returns, found float32 [].",
  );
  expect(of({ forward: (x: tf.Tensor) => [[same(x)], undefined], backward })).toThrow(
    "customVjp: out of forward: expected a float32 tensor [3] as the function returns, found an array of 1.",
  );
  expect(of({ forward, backward: () => [tf.scalar(1)] })).toThrow(
    "customVjp: gradient at 0: expected float32 [3], found float32 [].",
  );
  expect(of({ forward, backward: () => Promise.resolve([]) })).toThrow("customVjp: expected a synchronous");
});

test.each<[what: string, rule: (xs: tf.Tensor[], dxs: tf.Tensor[]) => unknown, message: string]>([
  [
    "no pair",
    ([x]) => x,
    "expected a rule that returns [out, tangent], found one that returns a float32 tensor [3]",
  ],
  ["another shape", ([x], [dx]) => [tf.sum(x!), tf.sum(dx!)], "out of the rule: expected float32 [3] as the function returns, found float32 []"], // prettier-ignore
  ["another dtype", ([x]) => [tf.cast(x!, "int32"), undefined], "out of the rule: expected float32 [3] as the function returns, found int32 [3]"], // prettier-ignore
  ["another structure", ([x], [dx]) => [{ y: x }, { y: dx }], "out of the rule: expected a float32 tensor [3] as the function returns, found { y }"], // prettier-ignore
  ["nothing", () => [undefined, undefined], "out of the rule: expected a float32 tensor [3] as the function returns, found undefined"], // prettier-ignore
  ["a tangent of another shape", ([x], [dx]) => [same(x!), tf.sum(dx!)], "tangent: expected float32 [3], found float32 []"], // prettier-ignore
])("a rule of customJvp that returns %s", (_what, rule, message) => {
  const x = makeX();
  const { numTensors } = tf.memory();
  expect(() => jvp(customJvp(same, rule), [x], [x])).toThrow(`customJvp: ${message}`);
  expect(() => grad(total(customJvp(same, rule)))(x)).toThrow(`customJvp: ${message}`);
  expect(tf.memory().numTensors).toBe(numTensors);
});

describe("what has no derivative", () => {
  const counts = (x: tf.Tensor) => tf.cast(x, "int32");
  test.each(["jacfwd", "jacrev", "hessian"] as const)("%s", (name) => {
    const transform = nn[name] as unknown as typeof jacfwd;
    const x = makeX();
    expect(() => transform(counts)(x)).toThrow(
      `${name}: expected a function that gives float32 tensors, found an int32 tensor [3].`,
    );
    expect(() => transform((x: tf.Tensor) => ({ x, y: [counts(x)] }))(x)).toThrow(
      "found an int32 tensor [3] at y.0. Convert it, or return it beside them: { hasAux: true }.",
    );
    expect(() => transform(() => 3)(x)).toThrow("gives float32 tensors, found 3.");
    expect(() => transform((x: tf.Tensor) => tf.cast(x, "float32"))(counts(x))).toThrow(
      `${name}: expected float32 tensors to differentiate, found an int32 tensor [3] for argument 0. Convert it`,
    );
    expect(() =>
      transform((o: { a: tf.Tensor[] }) => tf.cast(o.a[0]!, "float32"))({ a: [counts(x)] }),
    ).toThrow("found an int32 tensor [3] for argument 0 at a.0");
    expect(() => transform(same)(3, x)).toThrow(
      `${name}: expected tensors or a model to differentiate, found 3 for argument 0. Name the arguments`,
    );
    expect(() => transform(same, { argnums: [0, 0] })(x)).toThrow(
      `${name}: expected each argument once in argnums, found 0 twice.`,
    );
    expect(() => transform(async (x: tf.Tensor) => x)(x)).toThrow(`${name}: expected a synchronous function`);
  });

  test("hvp speaks for itself", () => {
    const x = makeX();
    expect(() => hvp(total(same), [x], [tf.ones([2])])).toThrow(
      "hvp: tangents at 0: expected float32 [3], found float32 [2].",
    );
    expect(() => hvp(() => undefined, [x], [x])).toThrow("hvp: expected a float32 scalar, found undefined.");
  });
});

test("remat of what has no forward, and options that are none", () => {
  class Encoder extends nn.Module {}
  expect(() => remat(Encoder)).toThrow("remat: expected a class with a method forward, found Encoder");
  expect(() => remat(same, null)).toThrow("remat: expected an object of options, got null.");
});

test("axes that are no list of pairs", () => {
  expect(() => new StateAxes({ kernel: 0 })).toThrow("StateAxes: expected pairs of a filter and an axis.");
});
