/** @file A perceptron whose products are large enough to be shared among threads. */
import { jit } from "@nnx-js/jit";
import { Linear, Param, Rngs, Sequential, relu, valueAndGrad } from "@nnx-js/nn";
import { Optimizer, sgd } from "@nnx-js/optim";
import * as tf from "@tensorflow/tfjs-core";
import { timed, turn } from "./clock.mjs";
import { numberOf } from "./guide.mjs";
import { threads } from "./threads.mjs";

const BATCH = 128;

/** The losses of five steps, how long one takes, and who helped. */
export async function mlp(options, steps) {
  const rngs = new Rngs(0);
  const model = new Sequential(new Linear(784, 512, { rngs }), relu, new Linear(512, 10, { rngs }));
  const optimizer = new Optimizer(model, sgd(0.1), { wrt: Param });
  const x = rngs.normal([BATCH, 784]);
  const y = rngs.normal([BATCH, 10]);
  const step = jit((model, optimizer, x, y) => {
    const lossOf = (model) => tf.mean(tf.square(tf.sub(model.forward(x), y)));
    const [loss, gradient] = valueAndGrad(lossOf)(model);
    optimizer.update(model, gradient);
    return loss;
  }, options);
  const losses = [];
  for (let i = 0; i < 5; i++) {
    losses.push(await numberOf(step(model, optimizer, x, y)));
    await turn(60);
  }
  const time = await timed(async () => {
    for (let i = 0; i < steps; i++) await numberOf(step(model, optimizer, x, y));
  });
  const answer = { losses, step: time / steps, threads: threads() };
  for (const part of [x, y, model, optimizer, rngs, step]) part.dispose();
  return answer;
}
