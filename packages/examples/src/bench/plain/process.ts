/** @file Contenders in a process of their own, whose TensorFlow.js nnx-js has not touched. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type * as tf from "@tensorflow/tfjs-core";
import type { Entry, Weights } from "../contenders/contender.ts";
import type { Answer, PlainName, PlainTensor, Request } from "./protocol.ts";

/** What a contender begins with. */
export interface PlainTask {
  readonly backend: string;
  readonly weights: Weights;
  readonly x: tf.Tensor;
  readonly y: tf.Tensor;
  readonly dropoutRate: number;
  readonly learningRate: number;
}

const NAMES: Readonly<Record<PlainName, string>> = {
  "hand-written": "hand-written tfjs-core",
  "tfjs-layers": "@tensorflow/tfjs-layers",
};

/** Starts a process that trains as `contender`, when it is its turn. */
export async function startPlain(contender: PlainName, task: PlainTask): Promise<Entry> {
  const main = fileURLToPath(new URL("./main.js", import.meta.url));
  const child = fork(main, { serialization: "advanced" });
  const ask = (request: Request) =>
    new Promise<number | undefined>((resolve, reject) => {
      const onExit = () => reject(new Error(`expected an answer of ${contender}, found that it has ended`));
      child.once("exit", onExit);
      child.once("message", (answer: Answer) => {
        child.off("exit", onExit);
        if ("error" in answer) reject(new Error(`${contender}: ${answer.error}`));
        else resolve(answer.milliseconds);
      });
      child.send(request);
    });
  const names = Object.keys(task.weights) as (keyof Weights)[];
  const weights = await Promise.all(
    names.map(async (name) => [name, await elementsOf(task.weights[name])] as const),
  );
  await ask({
    ...task,
    kind: "set up",
    contender,
    weights: Object.fromEntries(weights) as Record<keyof Weights, PlainTensor>,
    x: await elementsOf(task.x),
    y: await elementsOf(task.y),
  });
  return {
    name: NAMES[contender],
    time: async (runs) => (await ask({ kind: "turn", runs }))!,
    close: () => child.kill(),
  };
}

async function elementsOf(tensor: tf.Tensor): Promise<PlainTensor> {
  return { shape: tensor.shape, values: Float32Array.from(await tensor.data()) };
}
