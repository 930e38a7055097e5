/** @file Describes the gradient of a kernel in the form that TensorFlow.js registers. */
import * as tf from "@tensorflow/tfjs-core";

/** The gradients of a kernel's inputs by input name; TensorFlow.js calls only those it needs. */
export type InputGradients = Record<string, () => tf.Tensor>;

/** Inputs that were saved in the forward pass, by name. */
type Saved<Name extends string> = Record<Name, tf.Tensor>;

/**
 * The gradient of a kernel with one output.
 *
 * Only inputs can be saved: a saved output is not connected to its inputs in a second-order gradient.
 * Saving costs a copy on some backends, so save only what the gradient reads.
 *
 * @param save Names of the inputs that `backward` needs.
 * @param backward From the float32 gradient of the output to that of each input, built from differentiable operations.
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- names the kernel's own attributes, which TensorFlow.js types loosely
export function gradient<Name extends string = never, Attrs = tf.NamedAttrMap>(
  kernelName: string,
  save: readonly Name[],
  backward: (dy: tf.Tensor, saved: Saved<Name>, attrs: Attrs) => InputGradients,
): tf.GradConfig {
  return {
    kernelName,
    inputsToSave: [...save],
    gradFunc: (dy, saved, attrs) => {
      // TensorFlow.js gives the tensors in the order of `inputsToSave`.
      const named = Object.fromEntries(save.map((name, i) => [name, saved[i]])) as Saved<Name>;
      // A kernel with one output gets one tensor; its attributes are those of the kernel's own type.
      return backward(dy as tf.Tensor, named, attrs as Attrs);
    },
  };
}

/** The gradient of a kernel that takes a list of tensors, all of which are saved. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- names the kernel's own attributes, which TensorFlow.js types loosely
export function listGradient<Attrs = tf.NamedAttrMap>(
  kernelName: string,
  backward: (dy: tf.Tensor, saved: tf.Tensor[], attrs: Attrs) => (() => tf.Tensor)[],
): tf.GradConfig {
  return {
    kernelName,
    saveAllInputs: true,
    // One output and the kernel's own attributes, as in `gradient`.
    gradFunc: (dy, saved, attrs) =>
      Object.fromEntries(backward(dy as tf.Tensor, saved, attrs as Attrs).entries()),
  };
}

/**
 * The gradient of an elementwise kernel of one input `x`.
 *
 * @param backward From the output's gradient and `x` as float32 to the gradient of `x`.
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- names the kernel's own attributes, which TensorFlow.js types loosely
export function unary<Attrs = tf.NamedAttrMap>(
  kernelName: string,
  backward: (dy: tf.Tensor, x: tf.Tensor, attrs: Attrs) => tf.Tensor,
): tf.GradConfig {
  return gradient<"x", Attrs>(kernelName, ["x"], (dy, { x }, attrs) => ({
    x: () => backward(dy, float(x), attrs),
  }));
}

/** `x` as float32; `x` itself if it is float32 already, where `tf.cast` would copy. */
export function float(x: tf.Tensor): tf.Tensor {
  return x.dtype === "float32" ? x : tf.cast(x, "float32");
}

/** Float32 zeros, made on the device and connected to nothing. */
export function zeros(shape: number[]): tf.Tensor {
  return tf.fill(shape, 0);
}

/**
 * A new tensor of the same values.
 *
 * TensorFlow.js disposes of gradients as it adds them up, so a gradient function must not answer the tensor it got.
 * A reshape shares the data on every backend; a clone copies them on wasm.
 */
export function viewOf(dy: tf.Tensor): tf.Tensor {
  return tf.reshape(dy, dy.shape);
}

/** `condition ? t : e` for equal shapes; `tf.where` would first copy all three for broadcasting. */
export function select(condition: tf.Tensor, t: tf.Tensor, e: tf.Tensor): tf.Tensor {
  return tf.engine().runKernel(tf.Select, { condition, t, e });
}
