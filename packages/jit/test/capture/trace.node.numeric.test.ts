/** @file A trace and its replay give what the function gives. */
import {
  BatchNorm,
  Dropout,
  Linear,
  Module,
  Param,
  relu,
  Rngs,
  valueAndGrad,
  type Variable,
} from "@nnx-js/nn";
import { adam, Optimizer } from "@nnx-js/optim";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { type ParameterSource, trace, type Traced } from "../../src/capture/trace.ts";
import { replay } from "../../src/replay/replay.ts";

class Model extends Module {
  readonly lin1: Linear;
  readonly norm: BatchNorm;
  readonly dropout = new Dropout(0.1);
  readonly lin2: Linear;
  constructor({ rngs }: { rngs: Rngs }) {
    super();
    this.lin1 = new Linear(4, 8, { rngs });
    this.norm = new BatchNorm(8, { rngs });
    this.lin2 = new Linear(8, 2, { rngs });
  }
  forward(x: tf.Tensor, { rngs }: { rngs?: Rngs } = {}): tf.Tensor {
    return this.lin2.forward(relu(this.dropout.forward(this.norm.forward(this.lin1.forward(x)), { rngs })));
  }
}

function setUp() {
  const rngs = new Rngs(0);
  const model = new Model({ rngs });
  return { rngs, model, optimizer: new Optimizer(model, adam(1e-2), { wrt: Param }) };
}

function step(model: Model, optimizer: Optimizer<Model>, x: tf.Tensor, y: tf.Tensor, rngs: Rngs) {
  const lossFn = (model: Model) => tf.mean(tf.square(tf.sub(model.forward(x, { rngs }), y)));
  const [loss, grads] = valueAndGrad(lossFn)(model);
  optimizer.update(model, grads);
  return loss;
}

/** Runs a trace on the arguments that it was made with. */
function run(traced: Traced, args: readonly unknown[]): { outputs: tf.Tensor[]; loss: tf.Tensor } {
  const valueOf = (source: ParameterSource): tf.Tensor => {
    if (source.kind === "argument") return args.filter((arg) => arg instanceof tf.Tensor)[source.leaf]!;
    if (source.kind === "captured") return source.tensor;
    return source.kind === "variable" ? source.variable.value : source.variable;
  };
  const outputs = replay(traced.graph, traced.sources.map(valueOf));
  for (const { output, target } of traced.writes) (target.variable as Variable).value = outputs[output]!;
  return { outputs, loss: outputs[0]! };
}

describe("trace", () => {
  it("captures a whole training step with its gradients, and replays it", async () => {
    const eager = setUp();
    const traced = setUp();
    const x = eager.rngs.normal([16, 4]);
    const y = traced.rngs.normal([16, 2]);
    const args = [traced.model, traced.optimizer, x, y, traced.rngs] as const;
    const before = tf.memory();
    const program = trace(step, [...args]);
    expect(tf.memory()).toEqual(before);
    for (let i = 0; i < 3; i++) {
      const { loss } = run(program, args);
      const expected = tf.tidy(() => step(eager.model, eager.optimizer, x, y, eager.rngs));
      await expect(loss).toBeAllClose(expected);
    }
    await expect(traced.model.lin1.kernel.value).toBeAllClose(eager.model.lin1.kernel.value);
    await expect(traced.model.norm.mean.value).toBeAllClose(eager.model.norm.mean.value);
  });
});
