/** @file Registers all gradients with TensorFlow.js. */
import * as tf from "@tensorflow/tfjs-core";
import { activationGradients } from "./activation.ts";
import { batchNormGradients } from "./batch-norm.ts";
import { binaryGradients } from "./binary.ts";
import { constantGradients } from "./constant.ts";
import { convolutionGradients } from "./convolution.ts";
import { cumulativeGradients } from "./cumulative.ts";
import { dilationGradients } from "./dilation.ts";
import { einsumGradients } from "./einsum.ts";
import { elementwiseGradients } from "./elementwise.ts";
import { mendFusedMatMul } from "./fused.ts";
import { gatherGradients } from "./gather.ts";
import { imageGradients } from "./image.ts";
import { keepGradients } from "./keep.ts";
import { matmulGradients } from "./matmul.ts";
import { allowOptionalInputs } from "./optional-inputs.ts";
import { optimizerGradients } from "./optimizer.ts";
import { poolingGradients } from "./pooling.ts";
import { reductionGradients } from "./reduction.ts";
import { connectSavedIntermediates } from "./saved-intermediates.ts";
import { connectSavedOutputs } from "./saved-outputs.ts";
import { scatterGradients } from "./scatter.ts";
import { shapeGradients } from "./shape.ts";
import { sliceGradients } from "./slice.ts";
import { softmaxGradients } from "./softmax.ts";
import { trigonometricGradients } from "./trigonometric.ts";

const GRADIENTS: tf.GradConfig[] = [
  ...activationGradients,
  ...batchNormGradients,
  ...binaryGradients,
  ...constantGradients,
  ...convolutionGradients,
  ...cumulativeGradients,
  ...dilationGradients,
  ...einsumGradients,
  ...elementwiseGradients,
  ...gatherGradients,
  ...imageGradients,
  ...matmulGradients,
  ...optimizerGradients,
  ...poolingGradients,
  ...reductionGradients,
  ...scatterGradients,
  ...shapeGradients,
  ...sliceGradients,
  ...softmaxGradients,
  ...trigonometricGradients,
];

/**
 * Gives the kernels of TensorFlow.js their gradients; importing `@nnx-js/tensor` calls it.
 *
 * `@tensorflow/tfjs-core` has none of its own. The gradients of the union package `@tensorflow/tfjs` are replaced,
 * whether it is loaded before or later. A gradient of your own that you register over one of ours stays, until you call
 * this again.
 */
export function registerGradients(): void {
  allowOptionalInputs();
  connectSavedIntermediates();
  connectSavedOutputs();
  mendFusedMatMul();
  for (const config of GRADIENTS) {
    // Registering over a gradient warns in debug mode.
    if (tf.getGradient(config.kernelName)) tf.unregisterGradient(config.kernelName);
    tf.registerGradient(config);
  }
  keepGradients(GRADIENTS);
}
