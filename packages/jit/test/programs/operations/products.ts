/** @file Products of matrices. */
import * as tf from "@tensorflow/tfjs-core";
import { generate, read } from "../array.ts";
import { type Operation, sum } from "./operation.ts";
import { fixed, tensorOf } from "./fixed.ts";

export const products: readonly Operation[] = [
  {
    name: "matMul",
    fits: (a, b) => a.length === 2 && b.length === 2 && a[1] === b[1],
    tensor: (_, a, b) => tf.matMul(a, b, false, true),
    exact: (_, a, b) =>
      generate([a.shape[0]!, b.shape[0]!], ([i, j]) =>
        sum(Array.from({ length: a.shape[1]! }, (_, k) => read(a, [i!, k]) * read(b, [j!, k]))),
      ),
  },
  {
    name: "dense",
    fits: (shape) => shape.length >= 2,
    tensor: (_, x) => {
      const inner = x.shape.at(-1)!;
      const flat = tf.reshape(x, [-1, inner]);
      const y = tf.matMul(flat, tensorOf(fixed([inner, 3])));
      return tf.reshape(y, [...x.shape.slice(0, -1), 3]);
    },
    exact: (_, x) => {
      const inner = x.shape.at(-1)!;
      const matrix = fixed([inner, 3]);
      return generate([...x.shape.slice(0, -1), 3], (index) =>
        sum(
          Array.from(
            { length: inner },
            (_, k) => read(x, [...index.slice(0, -1), k]) * read(matrix, [k, index.at(-1)!]),
          ),
        ),
      );
    },
  },
  {
    name: "product with its transpose",
    fits: (shape) => shape.length >= 2,
    tensor: (_, x) => tf.div(tf.matMul(x, x, false, true), x.shape.at(-1)!),
    exact: (_, x) => {
      const [rows, inner] = x.shape.slice(-2) as [number, number];
      return generate([...x.shape.slice(0, -2), rows, rows], (index) => {
        const outer = index.slice(0, -2);
        const [i, j] = index.slice(-2) as [number, number];
        return (
          sum(
            Array.from({ length: inner }, (_, k) => read(x, [...outer, i, k]) * read(x, [...outer, j, k])),
          ) / inner
        );
      });
    },
  },
];
