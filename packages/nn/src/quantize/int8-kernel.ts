/** @file What stands where a layer's kernel was: 8-bit integers and scales. */
import { int8MatMul, int8Unpack, targetBackend } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { Pytree } from "../module/pytree.ts";
import type { PackedKernel } from "../layers/packed.ts";
import type { QuantizedParam, QuantizedScale } from "../variable/types.ts";

/**
 * The kernel of a quantised layer: 8-bit integers, four to an int32 word, and a float32 scale for each output. Its
 * value is their product. {@link quantize} makes it; layers use it as they use a kernel's Variable, and only read it.
 *
 * Linear, LinearGeneral and Embed multiply, or look up, the integers as they lie in memory; other layers make floats of
 * them for a call, which live as long as the call.
 */
export class Int8Kernel extends Pytree implements PackedKernel {
  static override readonly name: string = "Int8Kernel";
  /** Of the kernel that it stands for. */
  readonly shape: readonly number[];
  /** The product of its last axes: neighbours in memory. */
  readonly columns: number;
  /** The integers, from -127 to 127: int32 `[rows, int8Words(columns)]`, as `packInt8` packs them. */
  readonly words: QuantizedParam;
  /** Float32, of as many axes as the kernel, with a size of 1 along those that are summed over. */
  readonly scale: QuantizedScale;

  /** @internal `quantize` checks what it gives. */
  constructor(shape: readonly number[], columns: number, words: QuantizedParam, scale: QuantizedScale) {
    super();
    this.shape = [...shape];
    this.columns = columns;
    this.words = words;
    this.scale = scale;
  }

  /** The kernel as float32, of its shape: a new tensor, which is the caller's. */
  get value(): tf.Tensor {
    return tf.tidy(() => {
      const integers = int8Unpack(this.words.value, this.columns);
      return tf.mul(tf.reshape(integers, [...this.shape]), this.scale.value);
    });
  }

  /** The number of elements. */
  get size(): number {
    return tf.util.sizeFromShape([...this.shape]);
  }

  /** Where scales are those of columns. */
  matMul(x: tf.Tensor): tf.Tensor {
    const sums = int8MatMul(x, this.words.value, this.columns);
    return tf.mul(sums, tf.reshape(this.scale.value, [this.columns]));
  }

  /** Where scales are those of rows. */
  gather(indices: tf.Tensor): tf.Tensor {
    const words = this.words.value;
    // A texture rounds words: on webgl they stay on the CPU, and floats are gathered.
    const integers =
      targetBackend() === "webgl"
        ? tf.gather(int8Unpack(words, this.columns), indices)
        : int8Unpack(tf.gather(words, indices), this.columns);
    return tf.mul(integers, tf.gather(this.scale.value, indices));
  }
}
