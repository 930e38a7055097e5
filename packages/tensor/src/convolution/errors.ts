/** @file The error of convolutions. */

/** `convGeneralDilated` was given tensors or options that do not fit together. */
export class ConvolutionArgumentError extends Error {
  override readonly name = "ConvolutionArgumentError";
  readonly code = "CONVOLUTION_ARGUMENT";
}
