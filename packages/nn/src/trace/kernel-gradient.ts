/** @file The registered gradient of one launch of a kernel. */
import { zeroGradient } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";

/** A launch, with what it gave. */
export interface Launched {
  readonly kernelName: string;
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  readonly attrs: Readonly<tf.NamedAttrMap>;
  readonly outputs: readonly tf.Tensor[];
}

/**
 * The gradient of each input, by name, where the outputs have the gradients `dys`; to be called for those that are
 * wanted, undefined for what the outputs do not change with. The kernel does not run again.
 */
export function kernelGradient(
  { kernelName, inputs, attrs, outputs }: Launched,
  dys: readonly tf.Tensor[],
): Record<string, (() => tf.Tensor) | undefined> {
  const { gradFunc, inputsToSave = [], saveAllInputs, outputsToSave = [] } = tf.getGradient(kernelName);
  const saved = saveAllInputs
    ? Object.values(inputs)
    : inputsToSave.map((name) => inputs[name]!).filter(Boolean);
  const savedOutputs = outputs.filter((_, i) => outputsToSave[i]);
  const gradients = gradFunc(dys.length > 1 ? [...dys] : dys[0]!, [...saved, ...savedOutputs], attrs);
  return Object.fromEntries(
    Object.entries(gradients).map(([name, each]) => [name, each === zeroGradient ? undefined : each]),
  );
}
