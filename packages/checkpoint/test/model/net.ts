/** @file Models to load, and what must hold when that fails. */
import { CheckpointMismatchError, loadModel } from "@nnx-js/checkpoint";
import { BatchNorm, Dropout, Linear, List, Module, Param, relu, Rngs } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { valuesOf } from "./in-memory.ts";

export class Net extends Module {
  readonly lin1: Linear;
  readonly bn: BatchNorm;
  readonly dropout: Dropout;
  readonly layers: List<Linear>;

  constructor({ rngs, width = 4 }: { rngs: Rngs; width?: number }) {
    super();
    this.lin1 = new Linear(3, width, { rngs });
    this.bn = new BatchNorm(width, { rngs });
    this.dropout = new Dropout(0.5, { rngs });
    this.layers = new List([new Linear(width, width, { rngs }), new Linear(width, 2, { rngs })]);
  }

  forward(x: tf.Tensor): tf.Tensor {
    return this.layers[1]!.forward(relu(this.layers[0]!.forward(this.dropout.forward(this.bn.forward(this.lin1.forward(x)))))); // prettier-ignore
  }
}

/** No Module. */
export class Plain {
  readonly kernel = new Param(tf.scalar(1));
}

export const net = (seed = 0) => new Net({ rngs: new Rngs(seed) });
export const floats = (...values: number[]) => ({
  dtype: "F32" as const,
  shape: [values.length],
  data: new Float32Array(values),
});

/** The error of a load that fails, and that it changed nothing and left nothing. */
export async function failure(node: unknown, source: Parameters<typeof loadModel>[1], options = {}) {
  const before = await valuesOf(node);
  const tensors = tf.memory().numTensors;
  const error: unknown = await loadModel(node, source, options).catch((reason: unknown) => reason);
  expect(tf.memory().numTensors).toBe(tensors);
  expect(await valuesOf(node)).toEqual(before);
  expect(error).toBeInstanceOf(Error);
  return error as CheckpointMismatchError;
}
