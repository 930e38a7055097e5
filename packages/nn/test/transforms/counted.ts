/** @file A model that counts its calls, and what branches do with it, as the figures were made. */
import { BatchStat, Dropout, Linear, Module, type Rngs, Variable } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";

/** An int32 scalar. */
export const int = (value: number) => tf.scalar(value, "int32");

class Counter extends Variable {
  static override readonly name: string = "Counter";
}

/** A Linear that counts its calls, and a Dropout with its own stream. */
export class Counted extends Module {
  static override readonly name: string = "Counted";
  readonly linear: Linear;
  readonly dropout: Dropout;
  readonly calls = new Counter(int(0));
  readonly total: BatchStat;

  constructor(width: number, { rngs }: { rngs: Rngs }) {
    super();
    this.linear = new Linear(width, width, { rngs });
    this.dropout = new Dropout(0.5, { rngs });
    this.total = new BatchStat(tf.zeros([width]));
  }

  forward(x: tf.Tensor): tf.Tensor {
    this.calls.value = tf.add(this.calls.value, int(1));
    const y = tf.tanh(this.linear.forward(x));
    this.total.value = tf.add(this.total.value, tf.sum(y, 0));
    return y;
  }
}

/** What branches do with one: each writes other Variables. */
export const yes = (model: Counted, x: tf.Tensor) => {
  model.calls.value = tf.add(model.calls.value, int(10));
  return model.dropout.forward(model.forward(x));
};
export const no = (model: Counted, x: tf.Tensor) => {
  model.total.value = tf.sub(model.total.value, 1);
  return tf.mul(x, 2);
};
export const third = (model: Counted, x: tf.Tensor) => {
  model.calls.value = int(-7);
  return tf.mul(model.linear.forward(x), model.dropout.forward(x));
};
