/** @file What the process with plain TensorFlow.js answers. */
import { EventEmitter, once } from "node:events";
import { afterAll, expect, test } from "vitest";
import { type Weights, weightsOf } from "../../src/bench/contenders/contender.ts";
import type { PlainTensor, Request } from "../../src/bench/plain/protocol.ts";
import { serve } from "../../src/bench/plain/serve.ts";
import { perceptron } from "../../src/bench/workloads/all.ts";
import { LEARNING_RATE, setUp, tearDown } from "../../src/bench/workloads/workload.ts";
import type { MyModel } from "../../src/guide/model.ts";

const workload = perceptron("small", { inDim: 16, hiddenDim: 32, outDim: 2, batchSize: 8, dropoutRate: 0.1 });
const setup = setUp(workload);
afterAll(() => tearDown(setup));

const elementsOf = (tensor: (typeof setup)["x"]): PlainTensor => ({
  shape: tensor.shape,
  values: Float32Array.from(tensor.dataSync()),
});
const weights = Object.fromEntries(
  Object.entries(weightsOf(setup.model as MyModel)).map(([name, tensor]) => [name, elementsOf(tensor)]),
) as Record<keyof Weights, PlainTensor>;
const task = {
  kind: "set up",
  backend: "cpu",
  weights,
  x: elementsOf(setup.x),
  y: elementsOf(setup.y),
  dropoutRate: 0.1,
  learningRate: LEARNING_RATE,
} as const;

/** A process in this one. */
function start(): (request: Request) => Promise<unknown> {
  const [requests, answers] = [new EventEmitter(), new EventEmitter()];
  serve({
    on: (event, listener) => requests.on(event, listener),
    send: (message) => answers.emit("answer", message),
  });
  return async (request) => {
    const answered = once(answers, "answer");
    requests.emit("message", request);
    return ((await answered) as unknown[])[0];
  };
}

test.each(["hand-written", "tfjs-layers"] as const)("%s trains when it is its turn", async (contender) => {
  const ask = start();
  expect(await ask({ ...task, contender })).toEqual({ milliseconds: undefined });
  const answer = (await ask({ kind: "turn", runs: 2 })) as { milliseconds: number };
  expect(answer.milliseconds).toBeGreaterThan(0);
});

test("what goes wrong is an answer as well", async () => {
  const ask = start();
  expect(await ask({ kind: "turn", runs: 1 })).toEqual({ error: "expected to be set up before a turn" });
  expect(await ask({ ...task, contender: "hand-written", backend: "nothing" })).toHaveProperty("error");
});
