/** @file A trace and its replay give what the function gives. */
import type { Variable } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { type ParameterSource, trace } from "../../src/capture/trace.ts";
import { replay } from "@nnx-js/nn/trace";
import { Refusal } from "../../src/tree/refusal.ts";
import { walkArguments } from "../../src/tree/walk.ts";
import { setUp, step } from "../models.ts";

/** Traces `fn` and answers a function that replays one call with the same arguments. */
function replaying<Args extends unknown[]>(fn: (...args: Args) => unknown, args: Args) {
  const walk = walkArguments(args, new Refusal("test"));
  const { graph, sources, writes } = trace(fn, args, { walk });
  const held = (holder: unknown) => (typeof holder === "number" ? walk.objects[holder] : holder) as Variable;
  const valueOf = (source: ParameterSource): tf.Tensor => {
    if (source.kind === "argument") return walk.leaves[source.leaf]!.tensor;
    return source.kind === "captured" ? source.tensor : held(source.holder).value;
  };
  return () => {
    const outputs = replay(graph, sources.map(valueOf));
    for (const { holder, output } of writes) held(holder).value = outputs[output]!;
    return outputs;
  };
}

describe("trace", () => {
  it("captures a whole training step with its gradients, and replays it", async () => {
    const [eager, traced] = [setUp(), setUp()];
    const [x, y] = [eager.rngs.normal([16, 4]), traced.rngs.normal([16, 2])];
    const before = tf.memory();
    const run = replaying(step, [traced.model, traced.optimizer, x, y, traced.rngs]);
    expect(tf.memory()).toEqual(before);
    for (let i = 0; i < 3; i++) {
      const [loss] = run();
      const expected = tf.tidy(() => step(eager.model, eager.optimizer, x, y, eager.rngs));
      await expect(loss!).toBeAllClose(expected);
    }
    await expect(traced.model.lin1.kernel.value).toBeAllClose(eager.model.lin1.kernel.value);
    await expect(traced.model.norm.mean.value).toBeAllClose(eager.model.norm.mean.value);
  });

  it("leaves out copies, what nobody needs, and parameters that nobody reads", () => {
    const weights = tf.ones([2, 2]);
    const fn = (x: tf.Tensor, unused: tf.Tensor) => {
      tf.exp(unused);
      return tf.matMul(tf.reshape(tf.clone(x), [2, 2]), weights);
    };
    const { graph, sources } = trace(fn, [tf.ones([2, 2]), tf.ones([3])]);
    expect(graph.nodes.map(({ kernelName }) => kernelName)).toEqual([tf.BatchMatMul]);
    expect(sources.map(({ kind }) => kind)).toEqual(["argument", "captured"]);
  });

  it("copies attributes that the caller changes later", async () => {
    const begin = [0];
    const fn = (x: tf.Tensor) => {
      const parts = [0, 1, 2].map((i) => {
        begin[0] = i;
        return tf.slice(x, begin, [1]);
      });
      return tf.concat([parts[2]!, parts[1]!, parts[0]!]);
    };
    const [result] = replaying(fn, [tf.tensor1d([1, 2, 3])])();
    await expect(result!).toBeAllClose([3, 2, 1]);
  });
});
