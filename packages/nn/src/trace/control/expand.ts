/** @file Writes loops and branches out, for those who know no control flow: turn after turn, and all branches. */
import * as tf from "@tensorflow/tfjs-core";
import { UnsupportedKernelError } from "../errors.ts";
import type { Constant, Dtype, Elements, Graph, KernelNode, Value } from "../graph.ts";
import { numberingOf } from "./body.ts";
import { attrsOf, COND, type CondAttrs, listOf, SCAN, type ScanAttrs, WHILE } from "./kernels.ts";

/**
 * `graph` without loops and branches: a loop over slices is written out turn by turn, all branches are computed, and the
 * elements of one taken.
 *
 * @param kernels those that are written out: all unless given
 * @param most loops over slices with more turns stay: none unless given
 * @throws UnsupportedKernelError for a loop whose number of turns depends on values
 */
export function expandControl(
  graph: Graph,
  kernels: readonly string[] = [SCAN, COND, WHILE],
  most = Infinity,
): Graph {
  const isWritten = (node: KernelNode) =>
    kernels.includes(node.kernelName) &&
    (node.kernelName !== SCAN || attrsOf<ScanAttrs>(node).length <= most);
  if (!graph.nodes.some(isWritten)) return graph;
  const writer = new Writer(graph, isWritten);
  const values = new Map<Value, Value>();
  writer.inline(graph.nodes, values);
  return {
    name: graph.name,
    parameters: graph.parameters,
    constants: [...graph.constants, ...writer.constants],
    nodes: writer.nodes,
    outputs: graph.outputs.map((output) => ({ ...output, value: values.get(output.value) ?? output.value })),
  };
}

class Writer {
  readonly nodes: KernelNode[] = [];
  readonly constants: Constant[] = [];
  readonly #number: () => number;
  /** The constants of bodies, each once. */
  readonly #known = new Map<Value, Value>();

  readonly #isWritten: (node: KernelNode) => boolean;

  constructor(graph: Graph, isWritten: (node: KernelNode) => boolean) {
    this.#isWritten = isWritten;
    this.#number = numberingOf(graph);
  }

  /** Writes `nodes`, whose values are those in `values`, and adds what stands for their outputs. */
  inline(nodes: readonly KernelNode[], values: Map<Value, Value>): void {
    const current = (value: Value) => values.get(value) ?? value;
    for (const node of nodes) {
      const inputs = Object.fromEntries(
        Object.entries(node.inputs).map(([name, value]) => [name, current(value)]),
      );
      const given = { ...node, inputs };
      const kernelName = this.#isWritten(node) ? node.kernelName : undefined;
      const outputs =
        kernelName === SCAN
          ? this.#scan(node, listOf(given))
          : kernelName === COND
            ? this.#cond(node, listOf(given))
            : this.#plain(node, inputs);
      for (const [i, output] of node.outputs.entries()) values.set(output, outputs[i]!);
    }
  }

  #plain(node: KernelNode, inputs: Record<string, Value>): Value[] {
    if (node.kernelName === WHILE && this.#isWritten(node)) {
      throw new UnsupportedKernelError("a loop whose number of turns depends on values (whileLoop)", {
        source: node.source,
        reason: "which is no list of launches",
        wayOut:
          "Use foriLoop with numbers for its bounds or scan, with a mask for turns that do not count, or compile for " +
          'the CPU: jit(fn, { target: "wasm" }) or "kernels".',
      });
    }
    const outputs = node.outputs.map(({ shape, dtype }) => this.#value(shape, dtype));
    this.nodes.push(launch(node.kernelName, inputs, node.attrs, outputs, node));
    return outputs;
  }

  #scan(node: KernelNode, inputs: readonly Value[]): Value[] {
    const { body, carries, sequences, length, reverse } = attrsOf<ScanAttrs>(node);
    const slices: Value[][] = [];
    let current = inputs.slice(0, carries);
    for (let turn = 0; turn < length; turn++) {
      const at = reverse ? length - 1 - turn : turn;
      const taken = inputs.slice(carries, carries + sequences).map((x) => this.#slice(x, at, node));
      const outputs = this.#body(body.graph, [...current, ...taken, ...inputs.slice(carries + sequences)]);
      current = outputs.slice(0, carries);
      slices[at] = outputs.slice(carries);
    }
    const results = node.outputs.slice(carries).map((output, i) => {
      if (length === 0) return this.#constant(output.shape, output.dtype, []);
      const parts = Object.fromEntries(slices.map((outputs, at) => [at, outputs[i]!]));
      return this.#launch(tf.Pack, parts, { axis: 0 }, output, node);
    });
    return [...current, ...results];
  }

  #cond(node: KernelNode, inputs: readonly Value[]): Value[] {
    const [index, ...operands] = inputs as [Value, ...Value[]];
    const all = attrsOf<CondAttrs>(node).branches.map(({ graph }) => this.#body(graph, operands));
    let result = all.pop()!;
    for (let i = all.length - 1; i >= 0; i--) {
      const border = this.#constant([], "int32", [i]);
      const isTaken = this.#launch(
        tf.LessEqual,
        { a: index, b: border },
        {},
        { shape: [], dtype: "bool" },
        node,
      );
      const others = result;
      result = all[i]!.map((value, output) => {
        const condition = this.#spread(isTaken, value.shape, node);
        return this.#launch(tf.Select, { condition, t: value, e: others[output]! }, {}, value, node);
      });
    }
    return result;
  }

  #body({ parameters, constants, nodes, outputs }: Graph, given: readonly Value[]): Value[] {
    const values = new Map(parameters.map((parameter, i) => [parameter, given[i]!]));
    for (const { value, elements } of constants) {
      let known = this.#known.get(value);
      if (!known) this.#known.set(value, (known = this.#constant(value.shape, value.dtype, elements)));
      values.set(value, known);
    }
    this.inline(nodes, values);
    return outputs.map(({ value }) => values.get(value)!);
  }

  #slice(x: Value, at: number, node: KernelNode): Value {
    const shape = x.shape.slice(1);
    const attrs = { begin: [at, ...shape.map(() => 0)], size: [1, ...shape] };
    const slice = this.#launch(tf.Slice, { x }, attrs, { shape: [1, ...shape], dtype: x.dtype }, node);
    return this.#launch(tf.Reshape, { x: slice }, { shape }, { shape, dtype: x.dtype }, node);
  }

  /** A scalar in a tensor of this shape. */
  #spread(x: Value, shape: readonly number[], node: KernelNode): Value {
    if (shape.length === 0) return x;
    const ones = shape.map(() => 1);
    const one = this.#launch(tf.Reshape, { x }, { shape: ones }, { shape: ones, dtype: x.dtype }, node);
    return this.#launch(tf.Tile, { x: one }, { reps: [...shape] }, { shape, dtype: x.dtype }, node);
  }

  #launch(
    kernelName: string,
    inputs: Readonly<Record<string, Value>>,
    attrs: KernelNode["attrs"],
    { shape, dtype }: Pick<Value, "shape" | "dtype">,
    origin: KernelNode,
  ): Value {
    const output = this.#value(shape, dtype);
    this.nodes.push(launch(kernelName, inputs, attrs, [output], origin));
    return output;
  }

  #value(shape: readonly number[], dtype: Dtype): Value {
    return { id: this.#number(), shape: [...shape], dtype };
  }

  #constant(shape: readonly number[], dtype: Dtype, given: ArrayLike<number>): Value {
    const value = this.#value(shape, dtype);
    const elements: Elements =
      dtype === "float32"
        ? Float32Array.from(given)
        : dtype === "int32"
          ? Int32Array.from(given)
          : Uint8Array.from(given);
    this.constants.push({ value, elements });
    return value;
  }
}

/** A launch that stands where another one stood. */
function launch(
  kernelName: string,
  inputs: Readonly<Record<string, Value>>,
  attrs: KernelNode["attrs"],
  outputs: readonly Value[],
  origin: KernelNode,
): KernelNode {
  return {
    kernelName,
    inputs,
    attrs,
    outputs,
    get source() {
      return origin.source;
    },
    forgetSource: () => origin.forgetSource?.(),
  };
}
