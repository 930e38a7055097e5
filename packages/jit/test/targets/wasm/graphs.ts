/** @file Makes small graphs by hand, and runs them as WebAssembly. */
import type { Constant, Dtype, Elements, Graph, KernelNode, Value } from "@nnx-js/nn/trace";
import { compileWasm } from "../../../src/targets/wasm/program.ts";
import { dirtyHeap } from "./dirty-heap.ts";
import type * as tf from "@tensorflow/tfjs-core";

/** Puts a graph together, node by node. */
export class GraphBuilder {
  private ids = 0;
  private readonly parameters: Value[] = [];
  private readonly constants: Constant[] = [];
  private readonly nodes: KernelNode[] = [];

  parameter(shape: readonly number[], dtype: Dtype = "float32"): Value {
    const value = this.value(shape, dtype);
    this.parameters.push(value);
    return value;
  }

  /** A value that is the same in every call. */
  constant(shape: readonly number[], elements: readonly number[], dtype: Dtype = "float32"): Value {
    const value = this.value(shape, dtype);
    const typed = dtype === "float32" ? Float32Array.from(elements) : Int32Array.from(elements);
    this.constants.push({ value, elements: typed });
    return value;
  }

  /** The output of a kernel. */
  kernel(
    kernelName: string,
    inputs: Readonly<Record<string, Value>>,
    shape: readonly number[],
    attrs: tf.NamedAttrMap = {},
    dtype: Dtype = "float32",
  ): Value {
    const output = this.value(shape, dtype);
    this.nodes.push({ kernelName, inputs, attrs, outputs: [output] });
    return output;
  }

  /** @param nextOf for each output the parameter whose next value it is, if any */
  graph(outputs: readonly Value[], nextOf: readonly (number | undefined)[] = []): Graph {
    return {
      name: "test",
      parameters: this.parameters,
      constants: this.constants,
      nodes: this.nodes,
      outputs: outputs.map((value, i) => ({ value, nextOf: nextOf[i] })),
    };
  }

  private value(shape: readonly number[], dtype: Dtype): Value {
    return { id: this.ids++, shape, dtype };
  }
}

const sizeOf = ({ shape }: Value) => shape.reduce((size, length) => size * length, 1);

/** What `graph` gives; outputs that are next values take the place of their parameters. */
export function runGraph(graph: Graph, inputs: readonly (readonly number[])[]): number[][] {
  const heap = dirtyHeap();
  const program = compileWasm(graph, heap);
  const view = (address: number, value: Value): Elements =>
    value.dtype === "float32" ? heap.float32(address, sizeOf(value)) : heap.int32(address, sizeOf(value));
  const parameters = graph.parameters.map((value) => heap.allocate(4 * sizeOf(value)));
  const outputs = graph.outputs.map(({ value, nextOf }) =>
    nextOf === undefined ? heap.allocate(4 * sizeOf(value)) : parameters[nextOf]!,
  );
  for (const [i, value] of graph.parameters.entries()) view(parameters[i]!, value).set(inputs[i]!);
  heap.int32(program.table, parameters.length + outputs.length).set([...parameters, ...outputs]);
  program.run();
  const results = graph.outputs.map(({ value }, i) => Array.from(view(outputs[i]!, value)));
  program.dispose();
  for (const address of new Set([...parameters, ...outputs])) heap.release(address);
  if (heap.used !== 0) throw new Error(`${heap.used} bytes of the heap are still in use`);
  return results;
}
