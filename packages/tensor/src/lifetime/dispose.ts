/** @file Gives every tensor a `[Symbol.dispose]`, so that `using x = tf.square(y)` frees it at the end of the block. */
import * as tf from "@tensorflow/tfjs-core";
import { DISPOSE } from "./dispose-symbol.ts";

declare module "@tensorflow/tfjs-core/dist/tensor.js" {
  // oxlint-disable-next-line typescript/no-unused-vars -- merging needs the class's own type parameter
  interface Tensor<R extends tf.Rank = tf.Rank> {
    /** Disposes of the tensor at the end of the block of a `using` declaration; harmless after `dispose()`. */
    [Symbol.dispose](): void;
  }
}

if (!(DISPOSE in tf.Tensor.prototype)) {
  Object.defineProperty(tf.Tensor.prototype, DISPOSE, {
    configurable: true,
    writable: true,
    value(this: tf.Tensor): void {
      this.dispose();
    },
  });
}
