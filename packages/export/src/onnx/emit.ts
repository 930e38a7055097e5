/** @file From the graph of kernels to operators. */
import { Emission } from "./build/emission.ts";
import { scalarArray } from "./build/arrays.ts";
import { OnnxGraph } from "./build/onnx-graph.ts";
import type { Port } from "./build/model.ts";
import { nameInitializers, nameOutputs, prune } from "./build/outputs.ts";
import type { Known } from "./fold.ts";
import { RULES } from "./rules/table.ts";
import { isStatic } from "./symbolic/dim.ts";
import type { Node, SymbolicGraph, Value } from "./symbolic/graph.ts";

/** What the operators need to know beside the graph. */
export interface EmitOptions {
  readonly caller: string;
  readonly opset: number;
  /** What inputs and outputs are called. */
  readonly nameOf: (name: string) => string;
  /** The input and the axis from which the size of the batch is read. */
  readonly batch: { readonly value: Value; readonly axis: number } | undefined;
}

/** Operators with inputs and outputs. */
export interface Emitted {
  readonly graph: OnnxGraph;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}

/** Writes each kernel by its rule. */
export function emit(
  symbolic: SymbolicGraph,
  known: ReadonlyMap<Value, Known>,
  { caller, opset, nameOf, batch }: EmitOptions,
): Emitted {
  const { parameters, nodes, results, writes } = symbolic;
  const written = new Set(writes.map(({ nextOf }) => nextOf));
  const takes = parameters.filter(({ role }, i) => role === "input" || written.has(i));
  const inputNames = new Map(takes.map(({ value, name }) => [value, nameOf(name)]));
  const graph = new OnnxGraph(opset, batch && { input: inputNames.get(batch.value)!, axis: batch.axis });
  const inputs = takes.map(({ value }) => ({ ...value, name: graph.names.take(inputNames.get(value)!) }));
  const outputs = [
    ...results.map(({ value, name }) => ({ ...value, name: graph.names.take(nameOf(name)), value })),
    ...writes.map(({ value, name }) => ({ ...value, name: graph.names.take(nameOf(`${name}.next`)), value })),
  ];

  const emission = new Emission(graph, caller);
  for (const [i, { value }] of takes.entries()) emission.set(value, inputs[i]!.name);
  setConstants(emission, symbolic);
  for (const [value, { elements, shape, name }] of known) {
    const array = { dtype: value.dtype, shape, elements };
    const isSmall = name === undefined && elements.length <= 16;
    emission.set(value, isSmall ? graph.constant(array) : graph.initializer(name ?? "constant", array));
  }
  for (const node of nodes) emitNode(emission, node);

  nameOutputs(
    graph,
    outputs.map(({ value, name }) => ({ tensor: emission.name(value), name })),
  );
  prune(
    graph,
    outputs.map(({ name }) => name),
  );
  nameInitializers(graph);
  return { graph, inputs, outputs };
}

/** Constants that depend on the batch; others are known. */
function setConstants(emission: Emission, { constants }: SymbolicGraph): void {
  const { graph } = emission;
  for (const { value, shape, elements, ofBatch } of constants) {
    const { dtype } = value;
    if (ofBatch) {
      const size = graph.cast(graph.size(ofBatch.dim), "int64", dtype);
      const name = ofBatch.isReciprocal ? graph.op("Reciprocal", [size]) : size;
      emission.setForm(value, { kind: "reshaped", name, shape: [1] });
    } else if (!value.shape.every(isStatic)) {
      const isUniform = elements.every((element) => Object.is(element, elements[0]));
      const array = isUniform ? scalarArray(elements[0]!, dtype) : { dtype, shape, elements };
      emission.setForm(value, { kind: "broadcast", name: graph.constant(array), shape: array.shape });
    }
  }
}

function emitNode(emission: Emission, node: Node): void {
  const rule = RULES[node.kernelName];
  if (!rule) {
    throw emission.unsupported(
      node,
      "for which there are no operators of ONNX",
      "Compute it outside of the function, and pass what it gives as an argument; or write it with other operations.",
    );
  }
  const wrong = Object.entries(node.inputs).filter(
    ([name, { dtype }]) => !(rule.named?.[name] ?? rule.takes).includes(dtype),
  );
  if (wrong.length > 0) {
    const words = wrong.map(([name, { dtype }]) => `${name} of ${dtype}`).join(" and ");
    throw emission.unsupported(
      node,
      `with ${words}, for which there are no operators of ONNX`,
      'Cast before: tf.cast(x, "float32").',
    );
  }
  rule.emit(emission, node.inputs, node.attrs, node.outputs as readonly [Value, ...Value[]], node);
}
