/** @file Every kernel that the webgpu backend lacks. */
import * as tf from "@tensorflow/tfjs-core";
import { adamDirectionExpression } from "../adam-direction/gpu.ts";
import { expressionOnWebGpu } from "../elementwise/webgpu.ts";
import { incrementOnWebGpu } from "../increment/webgpu.ts";
import { int8OnWebGpu } from "../int8/webgpu.ts";
import { integerPowerOnWebGpu } from "../integer-power/webgpu.ts";
import { integerBinaryOnWebGpu } from "../integers/webgpu-elementwise.ts";
import { linearCombinationExpression } from "../linear-combination/gpu.ts";
import { exclusiveOr } from "../logical/exclusive-or.ts";
import { squareCombinationExpression } from "../square-combination/gpu.ts";
import { foldInOnWebGpu } from "../threefry-fold-in/webgpu.ts";
import { permutationOnWebGpu } from "../threefry-permutation/webgpu.ts";
import { randomOnWebGpu } from "../threefry-random/webgpu.ts";
import { splitOnWebGpu } from "../threefry-split/webgpu.ts";
import { takeOnWebGpu } from "../threefry-take/webgpu.ts";

export const addedToWebGpu: readonly tf.KernelConfig[] = [
  foldInOnWebGpu,
  permutationOnWebGpu,
  randomOnWebGpu,
  splitOnWebGpu,
  takeOnWebGpu,
  expressionOnWebGpu("AdamDirection", adamDirectionExpression),
  incrementOnWebGpu,
  ...int8OnWebGpu,
  integerPowerOnWebGpu,
  expressionOnWebGpu("LinearCombination", linearCombinationExpression),
  expressionOnWebGpu("SquareCombination", squareCombinationExpression),
  { kernelName: tf.BitwiseAnd, backendName: "webgpu", kernelFunc: integerBinaryOnWebGpu(tf.BitwiseAnd) },
  { kernelName: tf.LogicalXor, backendName: "webgpu", kernelFunc: exclusiveOr },
];
