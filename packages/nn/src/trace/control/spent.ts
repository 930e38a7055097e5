/** @file Bodies whose rules for one gradient have been used: what gradients around the innermost one see of them. */
import * as tf from "@tensorflow/tfjs-core";
import { CALL, call, callAttrs, type CallRule } from "../call.ts";
import type { Graph, Value } from "../graph.ts";
import { recordBody } from "../record-body.ts";
import { launchKernel } from "../special-kernels.ts";
import { Body } from "./body.ts";

/** `body` where calls with such rules run what these say, at any depth; itself if there are none. */
export function spentBody(body: Body): Body {
  return body.once("spent", () => {
    const graph = hasRules(body.graph) ? recordSpent(body.graph) : body.graph;
    return graph === body.graph ? body : new Body(graph);
  });
}

/** What rules are used of, and what is launched in its place. */
const rulesOf = new WeakMap<object, object>();

/** The attributes of a loop, or of branches, that a tape sees: only its first gradient is that of `attrs`. */
export function spending(attrs: object): object {
  const spent = spentAttrs(attrs);
  if (spent !== attrs) rulesOf.set(spent, attrs);
  return spent;
}

/** Of which attributes a gradient is taken that comes to a launch with these. */
export function spend<Attrs extends object>(attrs: Attrs): Attrs {
  const first = rulesOf.get(attrs);
  rulesOf.delete(attrs);
  // They are of the same kernel.
  return (first as Attrs | undefined) ?? attrs;
}

function spentAttrs(attrs: object): object {
  let isChanged = false;
  const spent = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(spent);
    if (!(value instanceof Body)) return value;
    const body = spentBody(value);
    if (body !== value) isChanged = true;
    return body;
  };
  const all = Object.fromEntries(Object.entries(attrs).map(([name, value]) => [name, spent(value)]));
  return isChanged ? all : attrs;
}

function hasRules({ nodes }: Graph): boolean {
  return nodes.some(
    ({ kernelName, attrs }) =>
      (kernelName === CALL && callAttrs(attrs).rule.plain !== undefined) || spentAttrs(attrs) !== attrs,
  );
}

function recordSpent(graph: Graph): Graph {
  const specs = graph.parameters.map(({ shape, dtype }) => ({ shape: [...shape], dtype }));
  const { name } = graph;
  const body = recordBody((...parameters) => runSpent(graph, parameters), specs, {
    caller: `gradient(${name})`,
    name,
    isLocated: false,
  });
  body.dispose();
  // A rule that closes over tensors gives a graph that takes them, too.
  return body.graph.parameters.length === specs.length ? body.graph : graph;
}

function runSpent(graph: Graph, parameters: readonly tf.Tensor[]): tf.Tensor[] {
  const tensors = new Map<Value, tf.Tensor>();
  for (const [i, value] of graph.parameters.entries()) tensors.set(value, parameters[i]!);
  for (const { value, elements } of graph.constants) {
    tensors.set(value, tf.tensor(elements, [...value.shape], value.dtype));
  }
  for (const { kernelName, inputs, attrs, outputs } of graph.nodes) {
    const given = Object.fromEntries(
      Object.entries(inputs).map(([name, value]) => [name, tensors.get(value)!]),
    );
    const results = kernelName === CALL ? ofCall(Object.values(given), attrs) : launchKernel(kernelName, given, spentAttrs(attrs) as tf.NamedAttrMap); // prettier-ignore
    for (const [i, output] of outputs.entries()) tensors.set(output, results[i]!);
  }
  // No two of the results may be the same tensor.
  return graph.outputs.map(({ value }) => tf.clone(tensors.get(value)!));
}

function ofCall(inputs: readonly tf.Tensor[], attrs: Readonly<tf.NamedAttrMap>): tf.Tensor[] {
  const { body, rule } = callAttrs(attrs);
  return spentCall(body, rule, inputs);
}

/** Runs a call whose rule has been used, as have those within its body. */
export function spentCall(body: Body, rule: CallRule, inputs: readonly tf.Tensor[]): tf.Tensor[] {
  return rule.plain?.(inputs) ?? call(spentBody(body), rule.spent?.() ?? rule, inputs);
}
