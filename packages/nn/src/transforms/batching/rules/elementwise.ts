/** @file Batching rules of kernels that compute each element from the elements at the same place. */
import { broadcastTo } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { aligned, inLanes, laneShape, launch } from "../operands.ts";
import { type BatchCall, type BatchRules, share } from "../rule.ts";

/** Kernels of one input. */
// prettier-ignore
const UNARY = [
  "Abs", "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Cast", "Ceil", "ClipByValue", "Cos", "Cosh", "Elu",
  "Erf", "Exp", "Expm1", "Floor", "Identity", "IsFinite", "IsInf", "IsNan", "LeakyRelu", "Log", "Log1p", "LogicalNot",
  "Neg", "OnesLike", "Reciprocal", "Relu", "Relu6", "Round", "Rsqrt", "Selu", "Sigmoid", "Sign", "Sin", "Sinh",
  "Softplus", "Sqrt", "Square", "Step", "Tan", "Tanh", "ZerosLike",
];

/** Kernels that broadcast their inputs. */
// prettier-ignore
const BROADCASTING = [
  "Add", "Atan2", "BitwiseAnd", "Equal", "FloorDiv", "Greater", "GreaterEqual", "Less", "LessEqual", "LogicalAnd",
  "LogicalOr", "LogicalXor", "Maximum", "Minimum", "Mod", "Multiply", "NotEqual", "Pow", "Prelu", "RealDiv",
  "SquaredDifference", "Sub",
];

/** Kernels whose inputs have one shape, which is that of the output. */
const OF_ONE_SHAPE = ["EluGrad", "LinearCombination", "SquareCombination"];

function unary({ kernelName, inputs, attrs }: BatchCall): tf.Tensor {
  return launch(kernelName, { x: inputs["x"]!.tensor }, attrs);
}

function broadcasting({ kernelName, inputs, attrs, outputs }: BatchCall): tf.Tensor {
  const { rank } = { rank: outputs[0]!.shape.length };
  const entries = Object.entries(inputs).map(([name, input]) => [name, aligned(input, rank)] as const);
  return launch(kernelName, Object.fromEntries(entries), attrs);
}

function ofOneShape({ kernelName, inputs, attrs, lanes }: BatchCall): tf.Tensor {
  const entries = Object.entries(inputs).map(([name, input]) => [name, inLanes(input, lanes.size)] as const);
  return launch(kernelName, Object.fromEntries(entries), attrs);
}

function addN({ inputs, lanes }: BatchCall): tf.Tensor {
  return tf.addN(Object.values(inputs).map((input) => inLanes(input, lanes.size)));
}

function select({ inputs, lanes, outputs }: BatchCall): tf.Tensor {
  const { shape } = outputs[0]!;
  const rank = laneShape(inputs["condition"]!).length;
  let condition = inLanes(inputs["condition"]!, lanes.size);
  if (rank < shape.length) {
    // A condition of one axis chooses among rows.
    const rows = [...condition.shape, ...Array<number>(shape.length - rank).fill(1)];
    condition = broadcastTo(tf.reshape(condition, rows), [lanes.size, ...shape]);
  }
  const [t, e] = [inLanes(inputs["t"]!, lanes.size), inLanes(inputs["e"]!, lanes.size)];
  return launch(tf.Select, { condition, t, e });
}

/** A count for each lane. */
function increment({ kernelName, inputs }: BatchCall): tf.Tensor {
  return launch(kernelName, { count: inputs["count"]!.tensor });
}

/** Rules of unary, binary, comparison, cast and select kernels. */
export const elementwiseRules: BatchRules = {
  ...share(UNARY, unary),
  ...share(BROADCASTING, broadcasting),
  ...share(OF_ONE_SHAPE, ofOneShape),
  AddN: addN,
  Increment: increment,
  Select: select,
};
