/** @file Gradient of Einsum, by the einsum of swapped terms. */
import * as tf from "@tensorflow/tfjs-core";
import { expandTo } from "./broadcast.ts";
import { listGradient } from "./gradient.ts";

export const einsumGradients: tf.GradConfig[] = [
  listGradient<tf.EinsumAttrs>(tf.Einsum, (dy, operands, { equation }) => {
    const [left = "", output = ""] = equation.replace(/\s/g, "").split("->");
    const terms = left.split(",");
    return operands.map((operand, i) => () => {
      const others = operands.filter((_, j) => j !== i);
      const otherTerms = terms.filter((_, j) => j !== i);
      return swapped([output, ...otherTerms], [dy, ...others], terms[i] ?? "", operand.shape);
    });
  }),
];

/** The contraction of `operands` to `term`; labels of `term` that no operand has were summed alone, so are repeated. */
function swapped(operandTerms: string[], operands: tf.Tensor[], term: string, shape: number[]): tf.Tensor {
  const labels = [...term];
  const isKnown = labels.map((label) => operandTerms.some((other) => other.includes(label)));
  const known = labels.filter((_, i) => isKnown[i]).join("");
  const contracted = tf.einsum(`${operandTerms.join(",")}->${known}`, ...operands);
  if (known === term) return contracted;
  const ones = shape.map((size, i) => (isKnown[i] ? size : 1));
  return expandTo(tf.reshape(contracted, ones), shape);
}
