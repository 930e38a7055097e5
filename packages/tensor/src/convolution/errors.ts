/** @file The error of convolutions. */

/** `convGeneralDilated` was given tensors or options that do not fit together. */
export class ConvolutionArgumentError extends Error {
  static override readonly name: string = "ConvolutionArgumentError";
  override readonly name = "ConvolutionArgumentError";
  readonly code = "CONVOLUTION_ARGUMENT";
}
