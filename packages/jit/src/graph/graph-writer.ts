/** @file Adds launches to a graph. */
import * as tf from "@tensorflow/tfjs-core";
import type { Constant, Graph, KernelNode, Value } from "@nnx-js/nn/trace";

/** Makes launches that come before one that is there. */
export class GraphWriter {
  readonly #constants: Constant[];
  #next: number;
  #nodes: KernelNode[] = [];

  /** @param constants those of the graph, to which it adds */
  constructor(graph: Graph, constants: Constant[]) {
    this.#constants = constants;
    const values = [
      ...graph.parameters,
      ...graph.constants.map(({ value }) => value),
      ...graph.nodes.flatMap(({ outputs }) => outputs),
    ];
    this.#next = values.reduce((most, { id }) => Math.max(most, id + 1), 0);
  }

  /** A number. */
  scalar(element: number): Value {
    const value = this.#value([]);
    this.#constants.push({ value, elements: Float32Array.of(element) });
    return value;
  }

  /** Launches a kernel of one operand, or of two that are broadcast; the result has `shape`, or theirs. */
  launch(
    kernelName: string,
    operands: readonly Value[],
    attrs: tf.NamedAttrMap = {},
    shape?: readonly number[],
  ): Value {
    const [a, b] = operands as [Value, Value?];
    const common =
      shape ?? (b ? tf.backend_util.assertAndGetBroadcastShape([...a.shape], [...b.shape]) : a.shape);
    return this.launchOf(kernelName, b ? { a, b } : { x: a }, attrs, common);
  }

  /** Launches any kernel of one output. */
  launchOf(
    kernelName: string,
    inputs: Readonly<Record<string, Value>>,
    attrs: tf.NamedAttrMap,
    shape: readonly number[],
    dtype: Value["dtype"] = "float32",
  ): Value {
    const output = this.#value(shape, dtype);
    this.#nodes.push({ kernelName, inputs, attrs, outputs: [output] });
    return output;
  }

  /** The elements of `x` in another shape. */
  reshape(x: Value, shape: readonly number[]): Value {
    return tf.util.arraysEqual([...x.shape], [...shape])
      ? x
      : this.launch(tf.Reshape, [x], { shape: [...shape] }, shape);
  }

  /** The launches since the last time, and one that makes the output of `node` of `result`. */
  take(result: Value, { outputs, source }: KernelNode): KernelNode[] {
    const { shape } = outputs[0]!;
    const last: KernelNode = {
      kernelName: tf.Reshape,
      inputs: { x: result },
      attrs: { shape: [...shape] },
      outputs,
      source,
    };
    const nodes = [...this.#nodes, last];
    this.#nodes = [];
    return nodes;
  }

  #value(shape: readonly number[], dtype: Value["dtype"] = "float32"): Value {
    return { id: this.#next++, shape: [...shape], dtype };
  }
}
