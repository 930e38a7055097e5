/** @file MAML as lanes of a loop of gradients: losses, meta-gradients and what training leaves are those of Flax. */
import { Linear, merge, Module, Param, remat, Rngs, scan, split, State, valueAndGrad, Variable, vmap } from "@nnx-js/nn"; // prettier-ignore
import { adam, Optimizer } from "@nnx-js/optim";
import { stopGradient } from "@nnx-js/tensor";
import { fromGolden, wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { casesOf, expectArrays, expectLosses, expectMade, figures, WAYS } from "./ways.ts";

class Regressor extends Module {
  readonly lin1: Linear;
  readonly lin2: Linear;
  readonly lin3: Linear;

  constructor({ rngs }: { rngs: Rngs }) {
    super();
    this.lin1 = new Linear(1, 6, { rngs });
    this.lin2 = new Linear(6, 6, { rngs });
    this.lin3 = new Linear(6, 1, { rngs });
  }

  forward(x: tf.Tensor): tf.Tensor {
    return this.lin3.forward(tf.tanh(this.lin2.forward(tf.tanh(this.lin1.forward(x)))));
  }
}

/** What is meta-trained: first weights, and the rate of the steps from there. */
class Meta extends Module {
  readonly net = new Regressor({ rngs: new Rngs(5) });
  readonly rate = new Param(tf.scalar(0.1));
}

type Params = State<Variable>;
interface Inner {
  readonly isFirstOrder?: boolean;
  readonly isComputedAgain?: boolean;
}
const INNER: Record<string, Inner> = {
  "second order": {},
  "first order": { isFirstOrder: true },
  "computed again": { isComputedAgain: true },
};

/** Losses after four steps, and in each of them: `[tasks]` and `[tasks, steps]`. */
function adapt({ net, rate }: Meta, { isFirstOrder = false, isComputedAgain = false }: Inner, tasks: readonly tf.Tensor[]) {
  const [graphdef, initial] = split(net);
  const loss = (params: Params, x: tf.Tensor, y: tf.Tensor) =>
    tf.mean<tf.Scalar>(tf.square(tf.sub(merge<Regressor>(graphdef, params).forward(x), y)));
  const task = (...[rate, x, y, otherX, otherY]: tf.Tensor[]) => {
    const step = (params: Params): [Params, tf.Tensor] => {
      const [value, grads] = valueAndGrad(loss)(params, x!, y!);
      const next = params.entries.map(([path, param]) => {
        const gradient = grads.leaf(...path).value;
        const direction = isFirstOrder ? stopGradient(gradient) : gradient;
        return [path, new Param(tf.sub(param.value, tf.mul(rate!, direction)))] as const;
      });
      return [new State<Variable>(next), value];
    };
    const [params, values] = scan(isComputedAgain ? remat(step) : step, initial as Params, null, { length: 4 });
    return [loss(params, otherX!, otherY!), values] as [tf.Tensor, tf.Tensor];
  };
  return vmap(task, { inAxes: [null, 0, 0, 0, 0] })(rate.value, ...tasks);
} // prettier-ignore

const TASKS = () => [
  wave([3, 5, 1], 2),
  wave([3, 5, 1], 1.5, 0.4),
  wave([3, 4, 1], 2, 0.8),
  wave([3, 4, 1], 1.5, 1.2),
];

describe.each(WAYS)("%s", (_, wrap) => {
  test.each(casesOf(figures.maml, "first order"))(
    "$name",
    async ({ name, before, first, losses, after, rate }) => {
      const meta = new Meta();
      await expectMade(meta.net, before);
      const optimizer = new Optimizer(meta, adam(0.02), { wrt: Param });
      const step = wrap((meta: Meta, optimizer: Optimizer<Meta>, ...tasks: tf.Tensor[]) => {
        const lossOf = (meta: Meta) => {
          const results = adapt(meta, INNER[name]!, tasks);
          return [tf.mean<tf.Scalar>(results[0]), results] as const;
        };
        const [[value, results], grads] = valueAndGrad(lossOf, { hasAux: true })(meta);
        optimizer.update(meta, grads);
        return [value, results, grads] as const;
      });
      const steps = Array.from({ length: 3 }, () => step(meta, optimizer, ...TASKS()));
      const [, [afterwards, values], grads] = steps[0]!;
      await expect(afterwards).toBeAllClose(fromGolden(first.after));
      await expect(values).toBeAllClose(fromGolden(first.values));
      const prefixed = Object.entries(first.grads).map(([path, array]) => [`net.${path}`, array]);
      await expectArrays(grads, { ...Object.fromEntries(prefixed), rate: first.rate });
      await expectLosses(
        steps.map(([value]) => value),
        losses,
      );
      await expectArrays(meta.net, after);
      await expect(meta.rate.value).toBeAllClose(rate);
    },
  );
});
