/** @file The kinds of Variable that layers, random streams and optimisers use. */
import type * as tf from "@tensorflow/tfjs-core";
import { Variable } from "./variable.ts";

/** A trainable parameter. @see flax.nnx.Param */
export class Param<T extends tf.Tensor = tf.Tensor> extends Variable<T> {
  static override readonly name: string = "Param";
}

/**
 * The integers of a quantised kernel, in int32 words. They are parameters that have no gradient. @see {@link quantize}
 */
export class QuantizedParam<T extends tf.Tensor = tf.Tensor> extends Param<T> {
  static override readonly name: string = "QuantizedParam";
}

/** The scales of a quantised kernel. They are not trained. @see {@link quantize} */
export class QuantizedScale<T extends tf.Tensor = tf.Tensor> extends Variable<T> {
  static override readonly name: string = "QuantizedScale";
}

/** A running statistic of batch normalisation. @see flax.nnx.BatchStat */
export class BatchStat<T extends tf.Tensor = tf.Tensor> extends Variable<T> {
  static override readonly name: string = "BatchStat";
}

/** A cache of autoregressive decoding. @see flax.nnx.Cache */
export class Cache<T extends tf.Tensor = tf.Tensor> extends Variable<T> {
  static override readonly name: string = "Cache";
}

/** A value recorded during a forward pass. @see flax.nnx.Intermediate */
export class Intermediate<T extends tf.Tensor = tf.Tensor> extends Variable<T> {
  static override readonly name: string = "Intermediate";
}

/** A zero added to an intermediate value, to get the gradient there. @see flax.nnx.Perturbation */
export class Perturbation<T extends tf.Tensor = tf.Tensor> extends Variable<T> {
  static override readonly name: string = "Perturbation";
}

/** State of a random stream. @see flax.nnx.RngState */
export class RngState<T extends tf.Tensor = tf.Tensor> extends Variable<T> {
  static override readonly name: string = "RngState";
}

/** The key of a random stream: int32 `[2]`, two words; it never changes. @see flax.nnx.RngKey */
export class RngKey extends RngState {
  static override readonly name: string = "RngKey";
}

/** How many keys a random stream has given: int32 `[]`. @see flax.nnx.RngCount */
export class RngCount extends RngState {
  static override readonly name: string = "RngCount";
}

/** State of an optimiser. @see flax.nnx.OptState */
export class OptState<T extends tf.Tensor = tf.Tensor> extends Variable<T> {
  static override readonly name: string = "OptState";
}

/** State of a metric. @see flax.nnx.metrics.MetricState */
export class MetricState<T extends tf.Tensor = tf.Tensor> extends Variable<T> {
  static override readonly name: string = "MetricState";
}

/** A low-rank adapter's parameter; a filter on `Param` takes it too. @see flax.nnx.LoRAParam */
export class LoRAParam<T extends tf.Tensor = tf.Tensor> extends Param<T> {
  static override readonly name: string = "LoRAParam";
}
