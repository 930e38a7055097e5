/** @file A small regression whose training the tests of the loop follow. */
import { Linear, Param, Rngs, valueAndGrad } from "@nnx-js/nn";
import { adam, Optimizer } from "@nnx-js/optim";
import { loader } from "@nnx-js/train";
import * as tf from "@tensorflow/tfjs-core";

/** Data, model and optimiser of one seed: 20 examples, five steps a pass. */
export function small({ epochs = 3, prefetch = 0 } = {}) {
  const rngs = new Rngs(0);
  const x = rngs.normal([20, 3]);
  const y = rngs.normal([20, 1]);
  const model = new Linear(3, 1, { rngs });
  const optimizer = new Optimizer(model, adam(1e-2), { wrt: Param });
  const data = loader({ x, y }, { batchSize: 4, shuffle: rngs, dropLast: true, epochs, prefetch });
  const state = { model, optimizer, data };
  const step = ({ x, y }: { x: tf.Tensor2D | tf.Tensor; y: tf.Tensor }) => {
    const lossFn = (model: Linear) => tf.mean(tf.square(tf.sub(model.forward(x), y)));
    const [loss, grads] = valueAndGrad(lossFn)(model);
    optimizer.update(model, grads);
    return { loss };
  };
  return {
    ...state,
    state,
    step,
    /** What `train` takes. */
    training: { data, state, step },
    rngs,
    dispose() {
      for (const part of [rngs, model, optimizer, data]) part.dispose();
      tf.dispose([x, y]);
    },
  };
}

/** The values of a model, and where its data are. */
export async function valuesOf({ model, data }: Pick<ReturnType<typeof small>, "model" | "data">) {
  const { kernel, bias } = model;
  const { epoch, index, step } = data.position;
  const read = async (tensor: tf.Tensor) => [...(await tensor.data())];
  return {
    weights: [...(await read(kernel.value)), ...(await read(bias!.value))],
    place: [...(await read(epoch.value)), ...(await read(index.value)), ...(await read(step.value))],
  };
}
