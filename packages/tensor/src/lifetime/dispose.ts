/** @file Gives every tensor a `[Symbol.dispose]`, so that `using x = tf.square(y)` frees it at the end of the block. */
import * as tf from "@tensorflow/tfjs-core";

declare module "@tensorflow/tfjs-core/dist/tensor.js" {
  // oxlint-disable-next-line typescript/no-unused-vars -- merging needs the class's own type parameter
  interface Tensor<R extends tf.Rank = tf.Rank> {
    /** Disposes of the tensor at the end of the block of a `using` declaration; harmless after `dispose()`. */
    [Symbol.dispose](): void;
  }
}

// Engines without the symbol: this is the one that compiled `using` declarations fall back to.
const DISPOSE: typeof Symbol.dispose =
  // The types say that it is always there.
  (Symbol as { dispose?: typeof Symbol.dispose }).dispose ??
  (Symbol.for("Symbol.dispose") as typeof Symbol.dispose);

if (!(DISPOSE in tf.Tensor.prototype)) {
  Object.defineProperty(tf.Tensor.prototype, DISPOSE, {
    configurable: true,
    writable: true,
    value(this: tf.Tensor): void {
      this.dispose();
    },
  });
}
