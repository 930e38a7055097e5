import { Dropout, grad, Linear, Module, Param, Rngs, splitRngs, state, StateAxes, vmap } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

class Net extends Module {
  readonly first: Linear;
  readonly second: Linear;
  readonly dropout: Dropout;
  constructor(width: number, { rngs }: { rngs: Rngs }) {
    super();
    this.first = new Linear(3, width, { rngs });
    this.dropout = new Dropout(0.5, { rngs });
    this.second = new Linear(width, 2, { rngs });
  }
  hidden(x: tf.Tensor): tf.Tensor {
    return tf.tanh(this.dropout.forward(this.first.forward(x)));
  }
  forward(x: tf.Tensor): tf.Tensor {
    return this.second.forward(this.hidden(x));
  }
}

const values = (tensor: tf.Tensor) => [...tensor.dataSync()];

test("an instance is many models, each as it would be alone", () => {
  const Ensemble = vmap(Net, { axisSize: 3, inAxes: null });
  const rngs = new Rngs(0);
  const models = new Ensemble(4, { rngs });
  expect(models).toBeInstanceOf(Net);
  expect(models.first.kernel.shape).toEqual([3, 3, 4]);
  expect(rngs.stream().count.value.dataSync()[0]).toBe(1);
  const alone = new Rngs(0).split(3).map((own) => new Net(4, { rngs: own }));
  const x = tf.randomUniform([5, 3], -1, 1, "float32", 7);
  for (let call = 0; call < 2; call++) {
    const together = models.forward(x);
    expect(together.shape).toEqual([3, 5, 2]);
    const separate = tf.stack(alone.map((model) => model.forward(x)));
    for (const [i, y] of values(together).entries()) expect(y).toBeCloseTo(values(separate)[i]!, 5);
  }
  expect(models.hidden(x).shape).toEqual([3, 5, 4]);
});

test("models share what StateAxes gives no axis, and train together", () => {
  const Ensemble = vmap(Net, { axisSize: 3, stateAxes: new StateAxes([[Param, 0], [true, null]]), split: false }); // prettier-ignore
  const models = new Ensemble(4, { rngs: new Rngs(0) });
  expect(models.dropout.rngs!.key.shape).toEqual([2]);
  const gradient = grad((m: Net, x: tf.Tensor) => tf.sum(m.forward(x)))(models, tf.ones([3, 5, 3]));
  expect(gradient.leaf("first", "kernel").value.shape).toEqual([3, 3, 4]);
  expect(state(models, Param).size).toBe(4);
});

test("a class may extend it", () => {
  class Named extends vmap(Net, { axisSize: 2, inAxes: null }) {
    readonly label = "two";
  }
  const models = new Named(4, { rngs: new Rngs(0) });
  expect(models.label).toBe("two");
  expect(models.forward(tf.ones([5, 3])).shape).toEqual([2, 5, 2]);
});

test("without a number of models it says what to write", () => {
  expect(() => vmap(Net, {} as { axisSize: number })).toThrow(
    "vmap(Net): expected a positive integer for axisSize, the number of models, got undefined. Write vmap(Net, { axisSize: 8 }).",
  );
});

test("an instance works in lanes of its own", () => {
  const Ensemble = vmap(Net, { axisSize: 2, inAxes: null });
  const make = splitRngs({ splits: 3 })(vmap((rngs: Rngs) => new Ensemble(4, { rngs })));
  const models = make(new Rngs(0));
  expect(models.first.kernel.shape).toEqual([3, 2, 3, 4]);
  const run = vmap((m: Net, x: tf.Tensor) => m.forward(x), { inAxes: [0, null] });
  expect(run(models, tf.ones([5, 3])).shape).toEqual([3, 2, 5, 2]);
});
