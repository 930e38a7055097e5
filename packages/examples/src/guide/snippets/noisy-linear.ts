/** @file A module whose mode is a plain attribute: views of it are made by `withAttributes`. */
import { Linear, Module, Rngs, Sequential } from "@nnx-js/nn";
import { withAttributes } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";

/** A linear layer with noise on its output while it is trained. */
export class NoisyLinear extends Module {
  linear: Linear;
  training: boolean | undefined;

  constructor(din: number, dout: number, { training, rngs }: { training?: boolean; rngs: Rngs }) {
    super();
    this.linear = new Linear(din, dout, { rngs });
    this.training = training;
  }

  forward(x: tf.Tensor, { rngs }: { rngs?: Rngs } = {}): tf.Tensor {
    if (this.training === undefined) throw new Error("training is not set");
    const h = this.linear.forward(x);
    return this.training ? tf.add(h, tf.mul(rngs!.normal(h.shape), 0.1)) : h;
  }
}

/** A noisy and a quiet view of one model. */
export function attributeViews(rngs: Rngs) {
  const noisy = new Sequential(new NoisyLinear(4, 8, { rngs }), new NoisyLinear(8, 2, { rngs }));
  const trained = withAttributes(noisy, { training: true }).forward(tf.ones([1, 4]), { rngs });
  const evaluated = withAttributes(noisy, { training: false }).forward(tf.ones([1, 4]));
  const filtered = withAttributes(noisy, { training: true }, { only: NoisyLinear }); // filters, as in Flax
  return { noisy, trained, evaluated, filtered };
}
