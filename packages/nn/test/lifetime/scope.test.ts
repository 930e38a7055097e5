/** @file Variables that are made in a `scope` belong to it, unless they are handed out. */
import {
  clone,
  grad,
  Linear,
  map,
  mapState,
  merge,
  Module,
  Param,
  Rngs,
  select,
  Sequential,
  split,
  tanh,
  valueAndGrad,
  VariableValueError,
} from "@nnx-js/nn";
import { adam, Optimizer } from "@nnx-js/optim";
import { scope } from "@nnx-js/tensor";
import { expectNoLeak } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

const makeModel = () => {
  const rngs = new Rngs(0);
  return new Sequential(new Linear(1, 4, { rngs }), tanh, new Linear(4, 1, { rngs }));
};
type Net = ReturnType<typeof makeModel>;

describe("Variables made in a scope", () => {
  test("are freed at its end, whatever made them", async () => {
    const model = makeModel();
    const [definition, params] = split(model);
    await expectNoLeak(() => {
      scope(() => {
        const doubled = mapState((_, param) => tf.mul((param as Param).value, 2), params);
        clone(model);
        merge(definition, doubled);
        merge(definition, params, { copy: true });
        map((_, leaf) => tf.mul((leaf as Param).value, 2), model);
        select(model)
          .where(Param)
          .map((param) => tf.mul(param.value, 2));
        select(model)
          .where(Linear)
          .set(new Linear(1, 1, { rngs: new Rngs(1) }));
        expect(new Optimizer(model, adam(0.1), { wrt: Param }).step.value.isDisposed).toBe(false);
      });
    });
    await expect(model.forward(tf.ones([1, 1]))).toBeAllClose(makeModel().forward(tf.ones([1, 1])));
  });

  test("in its result live on, and belong to the scope around it", async () => {
    const before = tf.memory().numTensors;
    const { made } = scope(() => {
      const inner = scope(() => ({ list: [new Map([["copy", makeModel()]])], lost: 1 }));
      return { made: inner.list[0]!.get("copy")! };
    });
    await expect(made.layers[0].bias!.value).toBeAllClose([0, 0, 0, 0]);
    made.dispose();
    scope(() => {
      scope(() => makeModel());
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  test("that were kept live on, also in an outer scope", () => {
    const before = tf.memory().numTensors;
    const stored: { model?: Net; tensor?: tf.Tensor } = {};
    scope(() =>
      scope((keep) => {
        stored.model = keep(makeModel());
        stored.tensor = keep({ x: tf.ones([2]) }).x;
      }),
    );
    expect(stored.model!.layers[0].kernel.value.isDisposed).toBe(false);
    expect(stored.tensor!.isDisposed).toBe(false);
    stored.model!.dispose();
    stored.tensor!.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test("that are used afterwards say what happened", () => {
    class Holder extends Module {
      layer: Linear | undefined;
    }
    const holder = new Holder();
    scope(() => {
      holder.layer = new Linear(1, 1, { rngs: new Rngs(0) });
    });
    expect(() => holder.layer?.kernel.value).toThrow(VariableValueError);
    expect(() => holder.layer?.kernel.value).toThrow(/or by the scope that it was made in/);
  });

  test("are freed when it throws", async () => {
    await expectNoLeak(() => {
      expect(() =>
        scope(() => {
          makeModel();
          throw new RangeError("mine");
        }),
      ).toThrow(new RangeError("mine"));
    });
  });
});

test("Variables from outside keep what is written in a scope, and tf.tidy frees no Variable", async () => {
  const param = new Param(tf.scalar(1));
  scope(() => {
    param.value = tf.add(param.value, 1);
  });
  await expect(param.value).toBeAllClose([2]);
  const made: Net[] = [];
  tf.tidy(() => void made.push(makeModel()));
  const model = made[0]!;
  expect(model.layers[0].kernel.value.isDisposed).toBe(false);
});

test("steps of meta-learning, of second order, leave nothing behind", async () => {
  const model = makeModel();
  const optimizer = new Optimizer(model, adam(0.01), { wrt: Param });
  const [x, y] = [tf.ones([3, 1]), tf.zeros([3, 1])];
  const lossOf = (net: Net) => tf.mean(tf.square(tf.sub(net.forward(x), y)));
  const adapted = (net: Net) => {
    const grads = grad(lossOf)(net);
    const [definition, params] = split(net, Param);
    return merge(
      definition,
      mapState((path, param) => tf.sub(param.value, tf.mul(grads.leaf(...path).value, 0.1)), params),
    );
  };
  const step = () =>
    scope(() => {
      const [loss, grads] = valueAndGrad((net: Net) => lossOf(adapted(net)))(model);
      optimizer.update(model, grads);
      return loss;
    });
  const first = step();
  let last = first.clone();
  await expectNoLeak(() => {
    for (let i = 0; i < 10; i++) step().dispose();
  });
  last.dispose();
  last = step();
  expect((await last.data())[0]!).toBeLessThan((await first.data())[0]!);
});
