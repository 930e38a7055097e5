/** @file Runs functions of tensors by the tasks of their steps, in chains and one by one. */
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { trace } from "../../../../src/capture/trace.ts";
import { inOrderOf } from "../../../../src/passes/reorder.ts";
import type { Buffer } from "../../../../src/expr/expr.ts";
import { prepare } from "../../../../src/plan/prepare.ts";
import type { Step } from "../../../../src/steps/step.ts";
import type { Chain } from "../../../../src/targets/webgpu/fuse/chain.ts";
import { findChains } from "../../../../src/targets/webgpu/fuse/find-chains.ts";
import { piecesOf } from "../../../../src/targets/webgpu/launch/pieces.ts";
import { type Elements, runTasks } from "../run-tasks.ts";

export type Fn = (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[];
/** Every buffer has memory of its own. */
export const same = (buffer: Buffer) => buffer;

/** Steps of `fn`, with what their buffers hold at first. */
export async function stepsOf(fn: Fn, inputs: readonly tf.Tensor[]) {
  const { graph, sources } = trace(fn, [...inputs]);
  const { steps, parameters, outputOf } = prepare(graph, {
    language: "WGSL",
    finishing: new Set(),
    follow: (map, { buffer }) => inOrderOf(map, buffer),
  });
  const contents = new Map<Buffer, Elements>();
  for (const [i, source] of sources.entries()) {
    const tensor = source.kind === "argument" ? inputs[source.leaf]! : undefined;
    const values = tensor ?? (source.kind === "captured" ? source.tensor : undefined);
    if (!values) throw new Error("expected a function of tensors");
    contents.set(parameters[i]!, (await values.data()).slice() as Elements);
  }
  return { steps, contents, outputOf, outputs: [...outputOf.keys()] };
}

/** What the outputs of `items` are. */
export async function run(
  items: readonly (Step | Chain)[],
  given: ReadonlyMap<Buffer, Elements>,
  outputs: readonly Buffer[],
): Promise<{ results: Float32Array[]; labels: string[] }> {
  const tasks = piecesOf(items, (buffer) => outputs.includes(buffer)).map(({ task }) => task);
  const contents = new Map([...given].map(([buffer, elements]) => [buffer, elements.slice() as Elements]));
  for (const task of tasks) {
    for (const { role, ...buffer } of task.reads) {
      if (role.kind !== "constant") continue;
      const held = task.reads.find(({ id }) => id === buffer.id)!;
      contents.set(
        held,
        role.elements instanceof Uint8Array ? Uint32Array.from(role.elements) : role.elements.slice(),
      );
    }
  }
  const results = outputs.map(({ size }) => new Float32Array(size));
  outputs.forEach((buffer, i) => contents.set(buffer, results[i]!));
  await runTasks(tasks, contents);
  return { results, labels: tasks.map(({ label }) => label) };
}

/** Runs `fn` in chains, checks that it gives what its steps give one by one, and tells the tasks. */
export async function checkChains(fn: Fn, inputs: readonly tf.Tensor[]) {
  const { steps, contents, outputs } = await stepsOf(fn, inputs);
  const chained = await run(findChains(steps, same), contents, outputs);
  const single = await run(steps, contents, outputs);
  for (const [i, result] of chained.results.entries()) {
    const difference = result.reduce(
      (most, x, at) => Math.max(most, Math.abs(x - single.results[i]![at]!)),
      0,
    );
    expect(difference).toBeLessThan(1e-5);
    expect(result.every(Number.isFinite)).toBe(true);
  }
  return { labels: chained.labels, before: single.labels.length, results: chained.results };
}
