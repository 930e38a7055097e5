/** @file Gradient of Einsum, by the einsum of swapped terms. */
import * as tf from "@tensorflow/tfjs-core";
import { expandTo } from "./broadcast.ts";
import { listGradient, viewOf } from "./gradient.ts";

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
  const isKnown = Array.from(term).map((label) => operandTerms.some((other) => other.includes(label)));
  const known = Array.from(term)
    .filter((_, i) => isKnown[i])
    .join("");
  const contracted = contract(operandTerms, operands, known);
  if (known === term) return contracted;
  const ones = shape.map((size, i) => (isKnown[i] ? size : 1));
  return expandTo(tf.reshape(contracted, ones), shape);
}

function contract(terms: string[], operands: tf.Tensor[], result: string): tf.Tensor {
  const [dy] = operands;
  if (!dy || operands.length > 1) return tf.einsum(`${terms.join(",")}->${result}`, ...operands);
  // An einsum that changes nothing answers its operand itself, which confuses the tape.
  if (terms[0] === result) return viewOf(dy);
  return tf.transpose(
    dy,
    Array.from(result).map((label) => terms[0]?.indexOf(label) ?? 0),
  );
}
