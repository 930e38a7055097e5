/** @file Derivatives of kernels whose Jacobian is diagonal, or symmetric: their gradient, given the tangent. */
import { broadcastTo } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { kernelGradient } from "../../../trace/kernel-gradient.ts";
import { type JvpNode, type JvpRules, share, total } from "./rule.ts";

/** Kernels of one input, which is their first. */
// prettier-ignore
const UNARY = [
  "Abs", "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "ClipByValue", "Cos", "Cosh", "Elu", "Erf", "Exp", "Expm1",
  "LeakyRelu", "Log", "Log1p", "Reciprocal", "Relu", "Relu6", "Rsqrt", "Selu", "Sigmoid", "Sin", "Sinh",
  "Softmax", "Softplus", "Sqrt", "Square", "Tan", "Tanh",
];

/** Kernels of several inputs of one shape once they are broadcast. */
// prettier-ignore
const BROADCAST = [
  "Atan2", "Maximum", "Minimum", "Mod", "Pow", "Prelu", "RealDiv", "SquareCombination", "SquaredDifference",
];

/** Kernels that do not change with a small change of their inputs. */
const CONSTANT = ["Ceil", "Floor", "OnesLike", "Round", "Sign", "Step", "ZerosLike"];

/** The gradient of a kernel for one of its inputs, where its output has the gradient `dy`. */
function gradientFor(
  node: JvpNode,
  inputs: Readonly<Record<string, tf.Tensor>>,
  name: string,
  dy: tf.Tensor,
): tf.Tensor {
  // The tables above are of kernels that have one.
  return kernelGradient({ kernelName: node.kernelName, attrs: node.attrs, inputs, outputs: [] }, [dy])[
    name
  ]!();
}

export const elementwiseRules: JvpRules = {
  ...share(CONSTANT, () => [undefined]),
  ...share(UNARY, (node) => {
    const [name, tangent] = Object.entries(node.tangents).find(([, each]) => each)!;
    return [gradientFor(node, node.inputs, name, tangent!)];
  }),
  ...share(BROADCAST, (node) => {
    const shape = Object.values(node.inputs)
      .map((input) => input.shape)
      .reduce((a, b) => tf.backend_util.assertAndGetBroadcastShape(a, b));
    const inputs = Object.fromEntries(
      Object.entries(node.inputs).map(([name, input]) => [name, broadcastTo(input, shape)]),
    );
    const terms = Object.entries(node.tangents).map(
      ([name, tangent]) => tangent && gradientFor(node, inputs, name, broadcastTo(tangent, shape)),
    );
    return [total(terms, (a, b) => tf.add(a, b))];
  }),
};
