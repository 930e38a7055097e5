/** @file Cases of arithmetic: elementwise, reductions, products, creation. */
// oxlint-disable unicorn/no-array-fill-with-reference-type -- tf.fill is no Array.prototype.fill
import { full } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";

/** A title, and a function that makes its own inputs, so that it runs on any backend. */
export type Case = [title: string, run: () => tf.Tensor | tf.Tensor[]];

/** The operations, to be taken by name. */
const op: typeof tf = tf;

const f = (...shape: number[]) => full(shape, 0.5);
const i = (...shape: number[]) => full(shape, 1, "int32");
const b = (...shape: number[]) => full(shape, 1, "bool");
const kernel = (name: string, inputs: tf.NamedTensorMap | tf.Tensor[], attrs: tf.NamedAttrMap = {}) =>
  tf.engine().runKernel<tf.Tensor>(name, inputs as tf.NamedTensorMap, attrs);

// prettier-ignore
const UNARY = [
  "abs", "acos", "acosh", "asin", "asinh", "atan", "atanh", "ceil", "cos", "cosh", "elu", "erf", "exp", "expm1",
  "floor", "isFinite", "isInf", "isNaN", "leakyRelu", "log", "log1p", "logSigmoid", "logSoftmax", "neg", "onesLike",
  "reciprocal", "relu", "relu6", "round", "rsqrt", "selu", "sigmoid", "sign", "sin", "sinh", "softplus", "sqrt",
  "square", "step", "tan", "tanh", "zerosLike",
] as const;

// prettier-ignore
const BINARY = [
  "add", "sub", "mul", "div", "divNoNan", "floorDiv", "maximum", "minimum", "mod", "pow", "squaredDifference", "atan2",
  "equal", "notEqual", "greater", "greaterEqual", "less", "lessEqual",
] as const;

const REDUCTIONS = ["sum", "mean", "prod", "max", "min"] as const;
/** Those that take int32 and do not make it float32 first. */
// prettier-ignore
const INT_TOO = new Set<string>([
  "abs", "erf", "exp", "expm1", "neg", "onesLike", "relu", "relu6", "round", "sign", "square", "step", "zerosLike",
]);

/** Elementwise kernels, reductions, products and creation. */
export const mathCases: Case[] = [
  ...UNARY.map((name): Case => [name, () => op[name](f(2, 3))]),
  ...UNARY.filter((name) => INT_TOO.has(name)).map((name): Case => [
    `${name} of int32`,
    () => op[name](i(2, 3)),
  ]),
  ...BINARY.map((name): Case => [name, () => op[name](f(2, 1, 3), f(4, 1))]),
  ...BINARY.filter((name) => name !== "atan2").map((name): Case => [
    `${name} of mixed dtypes`,
    () => op[name](i(3), f(2, 3)),
  ]),
  ...BINARY.filter((name) => name !== "atan2").map((name): Case => [
    `${name} of int32`,
    () => op[name](i(3), i(2, 3)),
  ]),
  ["logicalAnd", () => tf.logicalAnd(b(2, 1), b(3))],
  ["logicalOr", () => tf.logicalOr(b(2, 1), b(3))],
  ["logicalXor", () => tf.logicalXor(b(2, 1), b(3))],
  ["logicalNot", () => tf.logicalNot(b(2, 1))],
  ["bitwiseAnd", () => tf.bitwiseAnd(i(2, 3), i(2, 3))],
  ["addN", () => tf.addN([f(2, 3), f(2, 3), f(2, 3)])],
  ["clipByValue", () => tf.clipByValue(f(2, 3), 0, 1)],
  ["clipByValue of int32", () => tf.clipByValue(i(2, 3), 0, 1)],
  ["prelu", () => tf.prelu(f(2, 3), f(3))],
  ["cast to int32", () => tf.cast(f(2, 3), "int32")],
  ["cast to bool", () => tf.cast(f(2, 3), "bool")],
  ["cast to its own dtype", () => tf.cast(f(2, 3), "float32")],
  ["cast to complex64", () => tf.abs(tf.cast(f(2, 3), "complex64"))],
  ["clone", () => tf.clone(i(2, 3))],
  ["where", () => tf.where(b(2, 1), f(2, 3), f(3))],
  ["where of mixed dtypes", () => tf.where(b(2), i(2), f(2))],
  ["where over rows", () => kernel("Select", { condition: b(2), t: f(2, 3), e: f(2, 3) })],
  ["EluGrad", () => kernel("EluGrad", { dy: f(2, 3), y: f(2, 3) })],
  ...REDUCTIONS.flatMap((name): Case[] => [
    [`${name} of everything`, () => op[name](f(2, 3, 4))],
    [`${name} over an axis`, () => op[name](f(2, 3, 4), 1)],
    [`${name} over negative axes, kept`, () => op[name](f(2, 3, 4), [-1, 0], true)],
    [`${name} of int32`, () => op[name](i(2, 3), 0)],
    [`${name} of bool`, () => op[name](b(2, 3), [0, 1], true)],
  ]),
  ["all", () => tf.all(b(2, 3), 1)],
  ["any, kept", () => tf.any(b(2, 3), -1, true)],
  ["argMax", () => tf.argMax(f(2, 3, 4), 1)],
  ["argMin of a negative axis", () => tf.argMin(f(2, 3, 4), -1)],
  ["cumsum", () => tf.cumsum(f(2, 3), 1)],
  ["cumsum of bool", () => tf.cumsum(b(2, 3), 0)],
  ["cumprod", () => tf.cumprod(i(2, 3), 1)],
  ["softmax", () => tf.softmax(f(2, 3))],
  ["logSumExp", () => tf.logSumExp(f(2, 3), 1, true)],
  ["moments", () => Object.values(tf.moments(f(2, 3), 0))],
  ["topk", () => Object.values(tf.topk(f(2, 5), 3))],
  ["topk of int32", () => Object.values(tf.topk(i(5), 2))],
  ["bincount", () => tf.bincount(i(4) as tf.Tensor1D, f(4) as tf.Tensor1D, 3)],
  ["Bincount", () => kernel("Bincount", { x: i(4), weights: f(4) }, { size: 3 })],
  ["denseBincount", () => tf.denseBincount(i(2, 4) as tf.Tensor2D, f(2, 4) as tf.Tensor2D, 3)],
  ["matMul", () => tf.matMul(f(2, 3), f(3, 4))],
  ["matMul, transposed", () => tf.matMul(f(3, 2), f(4, 3), true, true)],
  ["matMul, broadcast", () => tf.matMul(f(5, 1, 2, 3), f(6, 3, 4))],
  ["dot", () => tf.dot(f(3), f(3))],
  ["outerProduct", () => tf.outerProduct(f(3) as tf.Tensor1D, f(4) as tf.Tensor1D)],
  ["fused matMul", () => tf.fused.matMul({ a: f(2, 3), b: f(3, 4), bias: f(4), activation: "relu" })],
  ["einsum of matrices", () => tf.einsum("ij,jk->ik", f(2, 3), f(3, 4))],
  ["einsum of attention", () => tf.einsum("bqhd,bkhd->bhqk", f(2, 3, 4, 5), f(2, 6, 4, 5))],
  ["einsum with an outer product, spaces", () => tf.einsum("i, jk -> kij", f(2), f(3, 4))],
  ["einsum to a scalar", () => tf.einsum("ij->", f(2, 3))],
  ["fill", () => tf.fill([2, 3], 7)],
  ["fill of int32", () => tf.fill([2, 3], 7, "int32")],
  ["fill of strings", () => tf.fill([2], "x")],
  ["range", () => tf.range(0, 5)],
  ["range of int32 with a step", () => tf.range(1, 10, 3, "int32")],
  ["range backwards", () => tf.range(5, 0, -2)],
  ["range turned round", () => tf.range(5, 0)],
  ["empty range", () => tf.range(3, 3)],
  ["linspace", () => tf.linspace(0, 1, 7)],
  ["eye", () => tf.eye(3)],
  ["zeros and ones", () => [tf.zeros([2, 3], "int32"), tf.ones([3])]],
  [
    "tensors of values",
    () => [tf.tensor([[1, 2]], undefined, "int32"), tf.scalar(true), tf.tensor1d(["a", "b"])],
  ],
  ["multinomial", () => tf.multinomial(f(2, 3) as tf.Tensor2D, 5, 1)],
  ["complex", () => tf.real(tf.complex(f(2, 3), f(2, 3)))],
  ["imag", () => tf.imag(tf.complex(f(2, 3), f(2, 3)))],
  ["fft and ifft", () => tf.real(tf.ifft(tf.fft(tf.complex(f(2, 4), f(2, 4)))))],
  ["stringToHashBucketFast", () => tf.string.stringToHashBucketFast(tf.tensor1d(["a", "b"]), 10)],
  ["staticRegexReplace", () => tf.string.staticRegexReplace(tf.tensor1d(["a", "b"]), "a", "c")],
];
