/** @file From a graph of kernels to the steps of a program. */
import { contracted } from "../graph/contract.ts";
import { exactText } from "../graph/exact-text.ts";
import {
  type Graph,
  type KernelNode,
  UnsupportedKernelError,
  type Value,
  withoutCalls,
} from "@nnx-js/nn/trace";
import { type Buffer, constant, load } from "../expr/expr.ts";
import { product } from "../expr/segments.ts";
import type { Step } from "../steps/step.ts";
import { type Again, laneOfDtype, Lowering, type Tensor } from "./context.ts";
import { argExtremes } from "./arg-extremes.ts";
import { blocks } from "./blocks.ts";
import { control } from "./control.ts";
import { converted } from "./convert.ts";
import { convolution } from "./convolution.ts";
import { creation } from "./creation.ts";
import { cropping } from "./cropping.ts";
import { einsums } from "./einsum.ts";
import { elementwise } from "./elementwise.ts";
import { indexing } from "./indexing.ts";
import { int8 } from "./int8.ts";
import { layout } from "./layout.ts";
import { matmul } from "./matmul.ts";
import { multinomials } from "./multinomial.ts";
import { normalization } from "./normalization.ts";
import { optimizer } from "./optimizer.ts";
import { ordering } from "./ordering.ts";
import { poolings } from "./pooling.ts";
import { randomness } from "./random.ts";
import { reductions } from "./reduction.ts";
import { sampling } from "./sampling.ts";
import { special } from "./special.ts";
import { windows } from "./windows.ts";
import type { LoweringRules } from "./rule.ts";
import { refused } from "./takes.ts";

/** How each kernel is lowered. */
const RULES: LoweringRules = {
  ...argExtremes,
  ...blocks,
  ...control,
  ...convolution,
  ...creation,
  ...cropping,
  ...einsums,
  ...elementwise,
  ...indexing,
  ...int8,
  ...layout,
  ...matmul,
  ...multinomials,
  ...normalization,
  ...optimizer,
  ...ordering,
  ...poolings,
  ...randomness,
  ...reductions,
  ...sampling,
  ...special,
  ...windows,
};

/** A graph as steps. */
export interface Lowered {
  readonly steps: readonly Step[];
  /** One for each parameter of the graph. */
  readonly parameters: readonly Buffer[];
  /** One for each output of the graph; several outputs, or a parameter and an output, may have the same. */
  readonly outputs: readonly Buffer[];
}

/**
 * Lowers a graph: what is not needed is left out, equal kernels run once, and chains of elementwise kernels become
 * one expression.
 *
 * @param language of the target's code, for errors
 * @param again what is computed again rather than stored
 * @throws UnsupportedKernelError for a kernel without a rule, or with inputs of a dtype that its rule does not take
 */
export function lowerGraph(recorded: Graph, language: string, again?: Again): Lowered {
  const graph = contracted(withoutCalls(recorded));
  const lowering = new Lowering(again);
  const nodes = withoutRepeats(graph);
  const uses = countUses(graph, nodes);
  const tensors = new Map<Value, Tensor>();
  const parameters = graph.parameters.map((value, index) => {
    const buffer = lowering.buffer(product(value.shape), { kind: "parameter", index });
    tensors.set(value, { ...value, expr: load(buffer, laneOfDtype(value.dtype)) });
    return buffer;
  });
  for (const { value, elements } of graph.constants) {
    const lane = laneOfDtype(value.dtype);
    const isUniform = elements.length > 0 && elements.every((element) => Object.is(element, elements[0]));
    const expr = isUniform
      ? constant(elements[0]!, lane)
      : load(lowering.buffer(elements.length, { kind: "constant", elements }), lane);
    tensors.set(value, { ...value, expr });
  }
  for (const node of nodes.needed) {
    const rule = RULES[node.kernelName];
    if (!rule) throw unsupported(node, `for which there is no ${language} code`);
    const inputs: Record<string, Tensor> = {};
    for (const name in node.inputs) inputs[name] = tensors.get(nodes.same(node.inputs[name]!))!;
    const wrong = refused(rule.takes, inputs);
    if (wrong) throw unsupported(node, `with ${wrong}, for which there is no ${language} code`);
    const lowered = rule.lower(lowering, inputs, node.attrs, node.outputs);
    const results = Array.isArray(lowered) ? (lowered as readonly Tensor[]) : [lowered as Tensor];
    for (const [i, value] of node.outputs.entries()) {
      const used = uses.get(value) ?? 0;
      const result = converted({ ...results[i]!, shape: value.shape }, value.dtype);
      if (used > 0) tensors.set(value, lowering.settle(result, used));
    }
  }
  const outputs = graph.outputs.map(({ value }) => lowering.bufferOf(tensors.get(nodes.same(value))!));
  return { steps: lowering.steps, parameters, outputs };
}

function unsupported({ kernelName, source }: KernelNode, reason: string): UnsupportedKernelError {
  const way = reason.startsWith("with") ? "Cast to float32 before (tf.cast), compute" : "Compute";
  return new UnsupportedKernelError(kernelName, {
    source,
    reason,
    wayOut: `${way} it outside of the function, or let TensorFlow.js run the kernels: jit(fn, { fallback: "kernels" }).`,
  });
}

interface Nodes {
  /** In order, without those whose outputs nobody takes. */
  needed: KernelNode[];
  /** The value that stands for `value`: of equal kernels the first counts. */
  same: (value: Value) => Value;
}

function withoutRepeats(graph: Graph): Nodes {
  const representatives = new Map<Value, Value>();
  const same = (value: Value) => representatives.get(value) ?? value;
  const known = new Map<string, KernelNode>();
  const unique: KernelNode[] = [];
  for (const node of graph.nodes) {
    let key = node.kernelName;
    for (const name in node.inputs) key += `,${name}=${same(node.inputs[name]!).id}`;
    for (const name in node.attrs) key += `;${name}=${exactText(node.attrs[name])}`;
    const equal = known.get(key);
    if (equal) {
      for (const [i, output] of node.outputs.entries()) representatives.set(output, equal.outputs[i]!);
    } else {
      known.set(key, node);
      unique.push(node);
    }
  }
  const wanted = new Set(graph.outputs.map(({ value }) => same(value)));
  const needed: KernelNode[] = [];
  for (let i = unique.length - 1; i >= 0; i--) {
    const node = unique[i]!;
    if (!node.outputs.some((output) => wanted.has(output))) continue;
    for (const input of Object.values(node.inputs)) wanted.add(same(input));
    needed.push(node);
  }
  needed.reverse();
  return { needed, same };
}

function countUses(graph: Graph, { needed, same }: Nodes): Map<Value, number> {
  const uses = new Map<Value, number>();
  const count = (value: Value) => uses.set(same(value), (uses.get(same(value)) ?? 0) + 1);
  for (const { inputs } of needed) for (const value of Object.values(inputs)) count(value);
  for (const { value } of graph.outputs) count(value);
  return uses;
}
