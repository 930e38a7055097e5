/** @file Deep stacks by `scan`, with batch norm, dropout and `remat` inside: gradients and steps are those of Flax. */
import { BatchNorm, BatchStat, checkpointPolicies, DiffState, Dropout, Linear, Module, Param, remat, Rngs, scan, splitRngs, StateAxes, valueAndGrad, vmap } from "@nnx-js/nn"; // prettier-ignore
import { adamw, Optimizer } from "@nnx-js/optim";
import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { casesOf, expectArrays, expectLosses, expectMade, figures, WAYS } from "./ways.ts";

const [LAYERS, WIDTH] = [5, 4];

class Layer extends Module {
  readonly linear: Linear;
  readonly norm: BatchNorm;
  readonly dropout: Dropout;
  readonly out: Linear;

  constructor({ rngs }: { rngs: Rngs }) {
    super();
    // A bias before a batch norm has no gradient but rounding, which optimisers would blow up.
    this.linear = new Linear(WIDTH, WIDTH, { useBias: false, rngs });
    this.norm = new BatchNorm(WIDTH, { momentum: 0.8, rngs });
    this.dropout = new Dropout(0.3, { rngs });
    this.out = new Linear(WIDTH, WIDTH, { rngs });
  }

  forward(x: tf.Tensor): tf.Tensor {
    const hidden = this.dropout.forward(tf.tanh(this.norm.forward(this.linear.forward(x))));
    return tf.add(x, tf.mul(this.out.forward(hidden), 0.5));
  }
}

const turn = (x: tf.Tensor, layer: Layer): [tf.Tensor, tf.Tensor] => [layer.forward(x), tf.mean(x)];
const TURNS: Record<string, typeof turn> = {
  plain: turn,
  remat: remat(turn),
  dots: remat(turn, { policy: checkpointPolicies.dotsSaveable }),
};

describe.each(WAYS)("%s", (_, wrap) => {
  test.each(casesOf(figures.stacks, "remat"))(
    "$name",
    async ({ name, before, value, grads, input, losses, after }) => {
      const isCarried = name.endsWith("carried statistics");
      const axes = new StateAxes([
        [BatchStat, isCarried ? null : 0],
        [true, 0],
      ]);
      const make = () => {
        const layers = vmap((rngs: Rngs) => new Layer({ rngs }), { outAxes: axes });
        return splitRngs({ splits: LAYERS })(layers)(new Rngs({ params: 21, dropout: 22 }));
      };
      const body = TURNS[name.split(",")[0]!]!;
      const shared = isCarried ? { shared: BatchStat } : {};
      const [x, y] = [wave([6, WIDTH], 1.1), wave([6, WIDTH], 0.8, 0.9)];
      const lossOf = (m: Layer, x: tf.Tensor, y: tf.Tensor) => {
        const [out, means] = scan(body, x, m, shared);
        const error = tf.mean(tf.square(tf.sub(out, y)));
        return tf.add<tf.Scalar>(error, tf.sum(tf.mul(means, wave([LAYERS], 0.3))));
      };

      const both = wrap(valueAndGrad(lossOf, { argnums: [new DiffState(0, Param), 1] }));
      const [found, [modelGrads, dx]] = both(make(), x, y);
      await expect(found).toBeAllClose(value);
      await expectArrays(modelGrads, grads);
      await expect(dx).toBeAllClose(input);

      const model = make();
      await expectMade(model, before);
      const optimizer = new Optimizer(model, adamw(0.02), { wrt: Param });
      const step = wrap((m: Layer, optimizer: Optimizer<Layer>, x: tf.Tensor, y: tf.Tensor) => {
        const [value, grads] = valueAndGrad(lossOf)(m, x, y);
        optimizer.update(m, grads);
        return value;
      });
      await expectLosses(
        Array.from({ length: 3 }, () => step(model, optimizer, x, y)),
        losses,
      );
      await expectArrays(model, after);
    },
  );
});
