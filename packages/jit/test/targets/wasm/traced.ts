/** @file Runs functions of tensors as WebAssembly, without all that `jit` does around it. */
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { trace } from "../../../src/capture/trace.ts";
import { compileWasm } from "../../../src/targets/wasm/program.ts";
import { dirtyHeap } from "./dirty-heap.ts";

type Fn = (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[];

/** The results of `fn`, compiled. */
export function runCompiled(fn: Fn, inputs: readonly tf.Tensor[]): tf.Tensor[] {
  const { graph, sources } = trace(fn, [...inputs]);
  const heap = dirtyHeap();
  const program = compileWasm(graph, heap);
  const place = (shape: readonly number[]) => heap.allocate(4 * tf.util.sizeFromShape([...shape]));
  const parameters = graph.parameters.map(({ shape }) => place(shape));
  const outputs = graph.outputs.map(({ value }) => place(value.shape));
  for (const [i, source] of sources.entries()) {
    const tensor = source.kind === "argument" ? inputs[source.leaf]! : undefined;
    const values = tensor ?? (source.kind === "captured" ? source.tensor : undefined);
    if (!values) throw new Error("expected a function of tensors");
    const elements = values.dataSync();
    const view =
      values.dtype === "float32"
        ? heap.float32(parameters[i]!, elements.length)
        : heap.int32(parameters[i]!, elements.length);
    view.set(elements);
  }
  heap.int32(program.table, parameters.length + outputs.length).set([...parameters, ...outputs]);
  program.run();
  return graph.outputs.map(({ value }, i) => {
    const size = tf.util.sizeFromShape([...value.shape]);
    const elements =
      value.dtype === "float32" ? heap.float32(outputs[i]!, size) : heap.int32(outputs[i]!, size);
    const copy = value.dtype === "bool" ? Uint8Array.from(elements) : elements.slice();
    return tf.tensor(copy, [...value.shape], value.dtype);
  });
}

/**
 * Checks that compiled code gives what TensorFlow.js gives: integers and booleans exactly, floats but for the order
 * in which sums of some hundred terms are taken.
 */
export async function expectSame(fn: Fn, inputs: readonly tf.Tensor[], rtol = 1e-5): Promise<void> {
  const expected = [fn(...inputs)].flat();
  const actual = runCompiled(fn, inputs);
  expect(actual.length).toBe(expected.length);
  for (const [i, tensor] of expected.entries()) {
    expect(actual[i]!.dtype).toBe(tensor.dtype);
    const exact = tensor.dtype !== "float32";
    await expect(actual[i]!, `result ${i}`).toBeAllClose(
      tensor,
      exact ? { rtol: 0, atol: 0 } : { rtol, atol: 3e-6 },
    );
  }
}
