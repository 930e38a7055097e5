/** @file A program that `npm run typescript` compiles with the oldest and the newest TypeScript. */
import * as tf from "@tensorflow/tfjs-core";
import { scope, useBackend } from "@nnx-js/tensor";
import {
  BatchNorm,
  Dropout,
  grad,
  Linear,
  Module,
  Param,
  relu,
  Rngs,
  Sequential,
  select,
  state,
  State,
  valueAndGrad,
  MultiMetric,
  Average,
  Accuracy,
  softmax,
} from "@nnx-js/nn";
import { adam, adamw, chain, clipByGlobalNorm, Optimizer, type Schedule, joinSchedules } from "@nnx-js/optim";
import { view } from "@nnx-js/view";
import { jit } from "@nnx-js/jit";
import { loadModel, memoryTarget, saveModel } from "@nnx-js/checkpoint";
import { loader, train as fit } from "@nnx-js/train";
const rngs = new Rngs(0);
const model = new Sequential(new Linear(2, 4, { rngs }), new BatchNorm(4, { rngs }), new Dropout(0.1), relu);
const train = view(model, { deterministic: false, useRunningAverage: false });
// @ts-expect-error: a misspelt mode
view(model, { deterministc: true });
const inverse: Schedule = (step) => tf.div(0.1, tf.add(step, 1));
const plain: Schedule = (step) => tf.mul(tf.cast(step, "float32"), 2);
const optimizer = new Optimizer(
  train,
  chain(clipByGlobalNorm(1), adamw(joinSchedules([inverse, plain], [3]))),
  { wrt: Param },
);
const step = jit((m: typeof train, o: typeof optimizer, x: tf.Tensor) => {
  const [[loss, logits], grads] = valueAndGrad(
    (net: typeof train) => {
      const y = net.forward(x);
      return [tf.mean(y), y];
    },
    { hasAux: true },
  )(m);
  o.update(m, grads);
  return { loss, logits, kernel: grads.leaf("layers", 0, "kernel").value };
});
const { loss } = step(train, optimizer, tf.ones([1, 2]));
const s: State<Param> = state(model, Param);
const n: number = select(model).where(Linear).count;
{
  using y = tf.square(loss);
  void y;
}
const m = new MultiMetric({ accuracy: new Accuracy(), loss: new Average("loss") });
m.update({ logits: tf.ones([1, 2]), labels: tf.tensor1d([1], "int32"), loss });
void [
  loadModel,
  memoryTarget,
  saveModel,
  loader,
  fit,
  s,
  n,
  useBackend,
  scope,
  grad,
  adam,
  softmax(loss, -1, { where: loss }),
];
export class My extends Module {
  readonly k = new Param(tf.ones([2]));
}
