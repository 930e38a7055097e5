import * as tf from "@tensorflow/tfjs-core";
import { describe } from "vitest";
import { type Case, testCases, x, y } from "./cases.ts";

const ints = () => tf.tensor2d([-7, 3, 0, 5, -2, 9, 4, -6, 1, 8, -3, 2, 7, -1, 6], [3, 5], "int32");
const divisors = () => tf.tensor1d([3, -2, 4, -5, 1], "int32");

const unary: Case[] = (
  [
    "abs",
    "ceil",
    "cos",
    "cosh",
    "elu",
    "erf",
    "exp",
    "expm1",
    "floor",
    "neg",
    "relu",
    "relu6",
    "round",
    "selu",
    "sigmoid",
    "sign",
    "sin",
    "sinh",
    "softplus",
    "square",
    "step",
    "tan",
    "tanh",
    "atan",
    "asinh",
    "isNaN",
    "isInf",
    "isFinite",
    "asin",
    "acos",
    "atanh",
    "onesLike",
    "zerosLike",
  ] as const
).map((name): Case => [name, (a) => tf[name](a), () => [x()]]);

const positive: Case[] = (["log", "log1p", "sqrt", "rsqrt", "reciprocal", "acosh"] as const).map(
  (name): Case => [name, (a) => tf[name](tf.add(tf.abs(a), 1.25)), () => [x()]],
);

const binary: Case[] = (
  [
    "add",
    "sub",
    "mul",
    "div",
    "maximum",
    "minimum",
    "squaredDifference",
    "atan2",
    "mod",
    "floorDiv",
    "equal",
    "notEqual",
    "less",
    "lessEqual",
    "greater",
    "greaterEqual",
  ] as const
).flatMap((name): Case[] => [
  [name, (a, b) => tf[name](a, b), () => [x(), y()]],
  [`${name} of a row`, (a, b) => tf[name](a, tf.slice(b, [1, 0], [1, 5])), () => [x(), y()]],
  ...(name === "atan2"
    ? []
    : [[`${name} of integers`, (a, b) => tf[name](a, b), () => [ints(), divisors()]] satisfies Case]),
]);

const others: Case[] = [
  ["where", (a, b) => tf.where(tf.greater(a, b), tf.mul(a, 2), b), () => [x(), y()]],
  [
    "logical",
    (a, b) =>
      tf.logicalOr(
        tf.logicalNot(tf.greater(a, 0)),
        tf.logicalAnd(tf.less(b, 0), tf.logicalXor(tf.less(a, b), tf.less(a, 0))),
      ),
    () => [x(), y()],
  ],
  ["clip", (a) => tf.clipByValue(a, -0.5, 0.25), () => [x()]],
  [
    "casts",
    (a) => [
      tf.cast(tf.mul(a, 10), "int32"),
      tf.cast(tf.relu(a), "bool"),
      tf.cast(tf.greater(a, 0), "float32"),
    ],
    () => [x()],
  ],
  ["pow", (a, b) => tf.pow(tf.abs(a), b), () => [x(), y()]],
  ["prelu and leakyRelu", (a, b) => [tf.prelu(a, b), tf.leakyRelu(a, 0.1)], () => [x(), y()]],
  ["addN", (a, b) => tf.addN([a, b, a]), () => [x(), y()]],
];

describe("compiled elementwise kernels", () => {
  testCases([...others, ...unary, ...positive, ...binary]);
});
