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

/** For attributes of launches that a tape sees: those of which the next gradient is taken. */
const nextOf = new WeakMap<object, object>();

/** The attributes of a loop, or of branches, that a tape sees: only its first gradient is that of `attrs`. */
export function spending(attrs: object): object {
  const spent = spentAttrs(attrs);
  if (spent !== attrs) nextOf.set(spent, attrs);
  return spent;
}

/** Of which attributes a gradient is taken that comes to a launch with these; each uses the rules that it comes to. */
export function spend<Attrs extends object>(attrs: Attrs): Attrs {
  const next = nextOf.get(attrs);
  if (!next) return attrs;
  nextOf.set(attrs, spentAttrs(next));
  // They are of the same kernel.
  return next as Attrs;
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
  const recorded = record(graph, (parameters) => runSpent(graph, parameters));
  // A rule that closes over another tensor than before gives a graph that takes it, too.
  return recorded.parameters.length === graph.parameters.length ? recorded : graph;
}

/** `run` as a graph that takes what `graph` takes. */
function record({ name, parameters }: Graph, run: (parameters: readonly tf.Tensor[]) => tf.Tensor[]): Graph {
  const specs = parameters.map(({ shape, dtype }) => ({ shape: [...shape], dtype }));
  const body = recordBody((...tensors) => run(tensors), specs, {
    caller: `gradient(${name})`,
    name,
    isLocated: false,
  });
  body.dispose();
  return body.graph;
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

/** What runs in the place of a call whose rule has been used. */
export function bodyOfSpentCall(body: Body, rule: CallRule): Body {
  return new Body(record(body.graph, (inputs) => spentCall(body, rule, inputs)));
}

/** Runs a call whose rule has been used, as have those within its body. */
function spentCall(body: Body, rule: CallRule, inputs: readonly tf.Tensor[]): tf.Tensor[] {
  return rule.plain?.(inputs) ?? call(spentBody(body), rule.spent?.() ?? rule, inputs);
}
