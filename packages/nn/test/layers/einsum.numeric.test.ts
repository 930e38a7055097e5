import {
  Einsum,
  initializers,
  InvalidArgumentError,
  MissingArgumentError,
  Rngs,
  ShapeMismatchError,
} from "@nnx-js/nn";
import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

const R = () => ({ rngs: new Rngs(0) });

/** The sum of products that an equation means, element by element in doubles. */
async function reference(equation: string, x: tf.Tensor, y: tf.Tensor): Promise<[number[], number[]]> {
  const [operands = "", output = ""] = equation.split("->");
  const [left = "", right = ""] = operands.split(",");
  const sizes = new Map<string, number>();
  for (const [term, { shape }] of [[left, x] as const, [right, y] as const]) {
    for (const [axis, label] of Array.from(term).entries()) sizes.set(label, shape[axis]!);
  }
  const labels = [...sizes.keys()];
  const shape = Array.from(output).map((label) => sizes.get(label)!);
  const sums = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 0);
  const [xs, ys] = [await x.data(), await y.data()];
  const place = (term: string, at: Map<string, number>) =>
    Array.from(term).reduce((index, label) => index * sizes.get(label)! + at.get(label)!, 0);
  const total = [...sizes.values()].reduce((a, b) => a * b, 1);
  for (let flat = 0; flat < total; flat++) {
    let rest = flat;
    const at = new Map(
      labels.map((label) => {
        const digit = rest % sizes.get(label)!;
        rest = (rest - digit) / sizes.get(label)!;
        return [label, digit];
      }),
    );
    sums[place(output, at)]! += xs[place(left, at)]! * ys[place(right, at)]!;
  }
  return [shape, sums];
}

describe("computes the sum of products that the equation means", () => {
  test.each<[string, number[], number[]]>([
    ["ab,bc->ac", [2, 3], [3, 4]],
    ["ab,bc->ca", [2, 3], [3, 4]],
    ["nta,hab->nthb", [2, 3, 4], [2, 4, 3]],
    ["abc,cad->bd", [2, 3, 4], [4, 2, 5]],
    ["abc,acd->abd", [2, 3, 4], [2, 4, 5]],
    ["abc,dca->cbd", [2, 3, 4], [5, 4, 2]],
    ["ab,ab->ab", [2, 3], [2, 3]],
    ["ab,ab->", [2, 3], [2, 3]],
    ["a,b->ba", [2], [3]],
    ["abc,b->b", [2, 3, 4], [3]],
    ["ab,cd->d", [2, 3], [4, 5]],
  ])("%s", async (equation, shape, kernelShape) => {
    const layer = new Einsum(equation, kernelShape, { ...R(), kernelInit: initializers.normal(1) });
    const x = wave(shape);
    const [expectedShape, expected] = await reference(equation, x, layer.kernel.value);
    const y = layer.forward(x);
    expect(y.shape).toEqual(expectedShape);
    await expect(y).toBeAllClose(expected, { atol: 1e-5 });
  });

  test.each<[string, string, number[], number[]]>([
    ["...a,ab->...b", "xya,ab->xyb", [2, 3, 4], [4, 5]],
    ["...a,ab->...b", "a,ab->b", [4], [4, 5]],
    ["a...,...ab->b...", "axy,yab->bxy", [4, 2, 3], [3, 4, 5]],
  ])("%s as %s", async (equation, named, shape, kernelShape) => {
    const layer = new Einsum(equation, kernelShape, R());
    const x = wave(shape);
    const [expectedShape, expected] = await reference(named, x, layer.kernel.value);
    const y = layer.forward(x);
    expect(y.shape).toEqual(expectedShape);
    await expect(y).toBeAllClose(expected);
  });
});

test("the bias goes along the axes of the kernel that are left, in the output's order", async () => {
  const layer = new Einsum("nta,hab->bnth", [2, 1, 3], [3, 2], {
    ...R(),
    kernelInit: initializers.zerosInit(),
  });
  layer.bias!.value = tf.tensor2d([
    [1, 2],
    [3, 4],
    [5, 6],
  ]);
  const y = layer.forward(tf.ones([1, 1, 1]));
  expect(y.shape).toEqual([3, 1, 1, 2]);
  await expect(y).toBeAllClose([1, 2, 3, 4, 5, 6]);
});

test("the equation of a call beats the layer's", async () => {
  const layer = new Einsum("ab,bc->ac", [3, 3], R());
  const x = wave([2, 3]);
  const expected = tf.matMul(x, layer.kernel.value, false, true);
  await expect(layer.forward(x, { einsumStr: "ab, cb -> ac" })).toBeAllClose(expected);
});

test("bad equations and inputs are errors", () => {
  const make = (equation: string) => () => new Einsum(equation, [2, 3], R());
  expect(make("ab,bc")).toThrow(InvalidArgumentError);
  expect(make("ab,bc")).toThrow(/^Einsum: einsumStr must be explicit and include one "->", got "ab,bc"/);
  expect(make("ab->a")).toThrow(/must have exactly two operands/);
  expect(make("ab,bc,cd->ad")).toThrow(/must have exactly two operands/);
  expect(make("aa,ab->b")).toThrow(/must name each axis of a term differently/);
  expect(make("a1,ab->b")).toThrow(/must hold nothing but letters/);
  expect(make("ab,bc->ad")).toThrow(/must find the label d of the output in an operand/);
  expect(() => new Einsum("ab,bc->ac", [2, 3], [3], {} as ReturnType<typeof R>)).toThrow(
    MissingArgumentError,
  );
  // Callers without types can leave the options out.
  const Untyped = Einsum as unknown as new (...args: unknown[]) => Einsum;
  expect(() => new Untyped("ab,bc->ac", [2, 3])).toThrow(MissingArgumentError);
  const layer = new Einsum("ab,bc->ac", [2, 3], [4], R());
  expect(() => layer.forward(tf.ones([2]))).toThrow(ShapeMismatchError);
  expect(() => layer.forward(tf.ones([2]))).toThrow(/expected an input with 2 axes \("ab"\)/);
  expect(() => layer.forward(tf.ones([4, 5]))).toThrow(
    /expected axis b .* to have 2 places as in the kernel/,
  );
  expect(() => layer.forward(tf.ones([4, 2]))).toThrow(
    /expected a bias of 3 elements.*Pass \[3\] as biasShape/,
  );
});
