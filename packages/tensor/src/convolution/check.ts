/** @file What a convolution accepts. */
import * as tf from "@tensorflow/tfjs-core";
import { ConvolutionArgumentError } from "./errors.ts";
import type { ConvGeneralDilatedOptions, Convolution } from "./options.ts";

/**
 * The options with their defaults.
 *
 * @throws ConvolutionArgumentError unless tensors and options fit together and a window fits into the input
 */
export function assertConvolution(
  x: tf.Tensor,
  kernel: tf.Tensor,
  options: ConvGeneralDilatedOptions,
): Convolution {
  for (const [name, tensor] of Object.entries({ x, kernel })) {
    if (!(tensor instanceof tf.Tensor)) fail(`expected a tensor as ${name}, found ${typeof tensor}.`);
  }
  const axes = x.rank - 2;
  if (axes < 1 || axes > 3 || kernel.rank !== x.rank) {
    fail(
      `expected an input [batch, ...spatial, in] and a kernel [...size, in, out] with one to three spatial axes, ` +
        `found ${shapesOf(x, kernel)}. Add a batch axis: tf.expandDims(x, 0).`,
    );
  }
  const ones = Array<number>(axes).fill(1);
  const {
    strides = ones,
    padding = ones.map(() => [0, 0] as const),
    inputDilation = ones,
    kernelDilation = ones,
    featureGroupCount = 1,
  } = options;
  for (const [name, list] of Object.entries({ strides, inputDilation, kernelDilation })) {
    if (list.length !== axes || !list.every((step) => Number.isInteger(step) && step > 0)) {
      fail(`expected ${axes} positive integers as ${name}, found [${list.join(", ")}].`);
    }
  }
  if (padding.length !== axes || !padding.flat().every(Number.isInteger)) {
    fail(`expected ${axes} pairs of integers as padding, found ${JSON.stringify(padding)}.`);
  }
  const [inputs, perGroup, outputs] = [x.shape.at(-1), kernel.shape.at(-2)!, kernel.shape.at(-1)!];
  if (inputs !== perGroup * featureGroupCount || outputs % featureGroupCount !== 0) {
    fail(
      `expected an input with ${perGroup * featureGroupCount} channels and outputs in ${featureGroupCount} equal ` +
        `groups, found ${shapesOf(x, kernel)} and featureGroupCount ${featureGroupCount}.`,
    );
  }
  for (let i = 0; i < axes; i++) {
    const [low, high] = padding[i]!;
    const length = low + (x.shape[i + 1]! - 1) * inputDilation[i]! + 1 + high;
    const window = (kernel.shape[i]! - 1) * kernelDilation[i]! + 1;
    if (length < window) {
      fail(
        `expected spatial axis ${i} to hold a window of ${window} elements, found ${length} with padding; ` +
          `${shapesOf(x, kernel)}. Pad the input more, or use a smaller kernel.`,
      );
    }
  }
  return { strides, padding, inputDilation, kernelDilation, featureGroupCount };
}

function shapesOf(x: tf.Tensor, kernel: tf.Tensor): string {
  return `an input [${x.shape.join(", ")}] and a kernel [${kernel.shape.join(", ")}]`;
}

function fail(message: string): never {
  throw new ConvolutionArgumentError(`convGeneralDilated: ${message}`);
}
