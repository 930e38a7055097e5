/** @file Tensors that were disposed of too early, and functions that keep such: each is named. */
import {
  cond,
  customJvp,
  foriLoop,
  grad,
  hvp,
  jacfwd,
  jacrev,
  jvp,
  linearize,
  remat,
  scan,
  switchCase,
  vjp,
  vmap,
  whileLoop,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, expect, test } from "vitest";

const square = (x: tf.Tensor) => tf.square(x);
const total = (x: tf.Tensor) => tf.sum(tf.square(x));
const x = () => tf.tensor1d([1, 2, 3]);

function dead<T extends tf.Tensor>(tensor: T): T {
  tensor.dispose();
  return tensor;
}

let numTensors: number;
beforeEach(() => {
  tf.engine().startScope();
  ({ numTensors } = tf.memory());
});
afterEach(() => tf.engine().endScope());

test.each<[what: string, run: (gone: tf.Tensor) => unknown, place: string]>([
  ["grad", (gone) => grad(total)(gone), "grad: argument 0"],
  ["grad of a tree", (gone) => grad((o: { a: tf.Tensor[] }) => total(o.a[0]!))({ a: [gone] }), "grad: argument 0.a.0"], // prettier-ignore
  ["vjp", (gone) => vjp(square, [gone]), "vjp: the arguments at 0"],
  ["jvp", (gone) => jvp((o: { a: tf.Tensor[] }) => o.a[0]!, [{ a: [gone] }], [undefined]), "jvp: the arguments at 0.a.0"], // prettier-ignore
  ["linearize", (gone) => linearize(square, [gone]), "linearize: the arguments at 0"],
  ["jacfwd", (gone) => jacfwd(square)(gone), "jacfwd: the arguments at 0"],
  ["jacrev", (gone) => jacrev(square)(gone), "jacrev: the arguments at 0"],
  ["hvp", (gone) => hvp(total, [gone], [undefined]), "hvp: the arguments at 0"],
  ["remat", (gone) => remat(square)(gone), "remat: the arguments at 0"],
  [
    "customJvp",
    (gone) => customJvp(square, ([x], [dx]) => [square(x), dx])(gone),
    "customJvp: the arguments at 0",
  ],
  ["vmap", (gone) => vmap((_: number, o: { x: tf.Tensor }) => o.x)(1, { x: gone }), "vmap: x of argument 1"],
  ["xs of scan", (gone) => scan((c: null, x: tf.Tensor) => [c, x], null, gone), "scan(anonymous): xs"],
  ["the carry of scan", (gone) => scan((c: tf.Tensor) => [c, null], gone, null, { length: 2 }), "scan(anonymous): the carry"], // prettier-ignore
  ["the carry of whileLoop", (gone) => whileLoop((x: tf.Tensor) => tf.less(tf.sum(x), 9), (x) => tf.mul(x, 2), gone), "whileLoop(anonymous): the carry"], // prettier-ignore
  ["the operands of cond", (gone) => cond(true, square, total, gone), "cond: the operands at 0"],
  ["the operands of switchCase", (gone) => switchCase(0, [square], gone), "switchCase: the operands at 0"],
])("%s", (_what, run, place) => {
  const gone = dead(x());
  const said = `${place}: expected a tensor with values, found one of shape [3] that was disposed of`;
  expect(() => run(gone)).toThrow(said);
  expect(tf.memory().numTensors).toBe(numTensors);
});

test("what a loss closes over, or disposes of itself", () => {
  const gone = dead(x());
  const said =
    "grad: expected a tensor with values, found one that was disposed of, which the function closes over";
  expect(() => grad((x: tf.Tensor) => total(tf.mul(x, gone)))(x())).toThrow(said);
  expect(() => grad((x: tf.Tensor) => total(dead(tf.square(x))))(x())).toThrow(said);
  const beside = grad((x: tf.Tensor, { a }: { a: tf.Tensor }) => total(tf.mul(x, a)));
  expect(() => beside(x(), { a: gone })).toThrow("grad: argument 1.a: expected a tensor with values");
});

test("what decides", () => {
  const kept = x();
  expect(() => cond(dead(tf.scalar(true, "bool")), square, square, kept)).toThrow("cond: pred: expected");
  expect(() => switchCase(dead(tf.scalar(1, "int32")), [square, square], kept)).toThrow(
    "switchCase: the index: expected a tensor with values",
  );
  expect(() => foriLoop(0, dead(tf.scalar(1, "int32")), (_, x: tf.Tensor) => x, kept)).toThrow(
    "foriLoop(anonymous): the bounds: expected a tensor with values",
  );
});

test("directions and gradients", () => {
  const kept: tf.Tensor = x();
  const gone = dead(x());
  expect(() => jvp(square, [kept], [gone])).toThrow("jvp: tangents at 0: expected a tensor with values");
  expect(() => hvp(total, [kept], [gone])).toThrow("hvp: tangents at 0: expected a tensor with values");
  expect(() => linearize(square, [kept])[1](gone)).toThrow("linearize: tangents at 0: expected a tensor");
  expect(() => vjp(square, [kept])[1](gone)).toThrow("vjp: gradient: expected a tensor with values");
});

test.each<[what: string, f: (x: tf.Tensor) => tf.Tensor]>([
  ["keeps tensors", square],
  ["keeps none", (x) => tf.mul(x, 2)],
])("a linear function that %s is not called after it was disposed of", (_what, f) => {
  const kept: tf.Tensor = x();
  const [y, pullback] = vjp(f, [kept]);
  pullback.dispose();
  pullback.dispose();
  expect(() => pullback(y)).toThrow(
    "vjp: expected a pullback that keeps what it needs, found one that was disposed of",
  );
  const [, linear] = linearize(f, [kept]);
  linear.dispose();
  expect(() => linear(kept)).toThrow("linearize: expected a linear function that keeps what it needs");
});

test("nor after the end of the tidy that it was made in", () => {
  const kept: tf.Tensor = x();
  let escaped: ((dy: tf.Tensor) => unknown) | undefined;
  tf.tidy(() => void ([, escaped] = vjp(square, [kept])));
  expect(() => escaped!(kept)).toThrow("or at the end of the tidy or scope that it was made in");
});
