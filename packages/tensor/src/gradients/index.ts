/** @file All gradients, and what they need TensorFlow.js's tape to do; loaded with the first backend. */
import type * as tf from "@tensorflow/tfjs-core";
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
import { int8Gradients } from "./int8.ts";
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
import { endAtZeros } from "./symbolic-zeros.ts";
import { trigonometricGradients } from "./trigonometric.ts";

/** The gradient of every kernel that has one. */
export const gradients: readonly tf.GradConfig[] = [
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
  ...int8Gradients,
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

/** Mends what the tape gets wrong or cannot do. Later calls do nothing. */
export function mendTape(): void {
  endAtZeros();
  allowOptionalInputs();
  connectSavedIntermediates();
  connectSavedOutputs();
  mendFusedMatMul();
}
