/** @file Runs a recorded function for all lanes at once. */
import { activeTrace } from "../../trace/trace-backend.ts";
import type { Graph, KernelNode, Value } from "../../trace/graph.ts";
import { launchKernel } from "../../trace/special-kernels.ts";
import * as tf from "@tensorflow/tfjs-core";
import { batchRuleOf } from "./batch-rules.ts";
import { loopOverLanes } from "./loop.ts";
import type { Batched, BatchResult, Lanes } from "./rule.ts";

/**
 * Runs `graph`, which was recorded in one lane, for all of them: each kernel by its batching rule. What no batched
 * input reaches is computed once, and is not batched.
 *
 * @param inputs one for each parameter of the graph
 * @returns one for each output of the graph: a tensor of its own that belongs to the active scope
 */
export function batchGraph(graph: Graph, inputs: readonly Batched[], lanes: Lanes): Batched[] {
  const engine = tf.engine();
  const values = new Map<Value, Batched>();
  const dead = lastUses(graph);
  let tensors: tf.Tensor[] = [];
  engine.startScope("nnx:vmap");
  try {
    for (const [i, value] of graph.parameters.entries()) values.set(value, inputs[i]!);
    for (const { value, elements } of graph.constants) {
      values.set(value, { tensor: tf.tensor(elements, [...value.shape], value.dtype), isBatched: false });
    }
    for (const [i, node] of graph.nodes.entries()) {
      for (const [j, output] of run(node, values, lanes).entries()) values.set(node.outputs[j]!, output);
      for (const value of dead[i]!) {
        values.get(value)?.tensor.dispose();
        values.delete(value);
      }
    }
    const given = new Set(inputs.map(({ tensor }) => tensor));
    const outputs = graph.outputs.map(({ value }) => {
      const { tensor, isBatched } = values.get(value)!;
      // No two are the same, and none is the caller's.
      const own = given.has(tensor) ? tensor.clone() : tensor;
      given.add(tensor);
      return { tensor: own, isBatched };
    });
    tensors = outputs.map(({ tensor }) => tensor);
    return outputs;
  } finally {
    engine.endScope(tensors);
  }
}

/** For each launch, the values that are needed no more after it. */
function lastUses({ parameters, constants, nodes, outputs }: Graph): Value[][] {
  const seen = new Set([
    ...parameters,
    ...constants.map(({ value }) => value),
    ...outputs.map(({ value }) => value),
  ]);
  const dead = nodes.map((): Value[] => []);
  for (let i = nodes.length - 1; i >= 0; i--) {
    for (const value of [...nodes[i]!.outputs, ...Object.values(nodes[i]!.inputs)]) {
      if (seen.has(value)) continue;
      seen.add(value);
      dead[i]!.push(value);
    }
  }
  return dead;
}

/** The outputs of one launch; what it makes on the way is freed. */
function run(node: KernelNode, values: ReadonlyMap<Value, Batched>, lanes: Lanes): Batched[] {
  const entries = Object.entries(node.inputs).map(([name, value]) => [name, values.get(value)!] as const);
  const inputs = Object.fromEntries(entries);
  const { kernelName, attrs, outputs } = node;
  const isBatched = entries.some(([, input]) => input.isBatched);
  const registered = batchRuleOf(kernelName);
  const engine = tf.engine();
  let tensors: tf.Tensor[] = [];
  // A copy is taken for a kernel of the name of its scope, with the gradient of that.
  engine.startScope("nnx:lanes");
  try {
    const launched = isBatched || registered?.always ? undefined : shared(node, entries);
    const batch = (held: Graph, given: readonly Batched[]) => batchGraph(held, given, lanes);
    const loop = (looped = kernelName, given = inputs) => {
      activeTrace()?.remark(`vmap: ${looped} runs lane by lane, ${lanes.size} times`);
      return loopOverLanes({ kernelName: looped, inputs: given, attrs }, lanes);
    };
    const isNothing = lanes.size === 0 && isBatched && !registered?.always;
    const results =
      launched ??
      (isNothing
        ? ofNoLanes(outputs)
        : resultsOf(
            registered ? registered.rule({ kernelName, inputs, attrs, outputs, lanes, batch, loop }) : loop(),
          ));
    const given = new Set(entries.map(([, { tensor }]) => tensor));
    const own = results.map((result) =>
      given.has(result.tensor) ? { ...result, tensor: result.tensor.clone() } : result,
    );
    tensors = own.map(({ tensor }) => tensor);
    return own;
  } finally {
    engine.endScope(tensors);
  }
}

/** What there is of values in no lane at all: kernels are not asked, as few can do without elements. */
function ofNoLanes(values: readonly Value[]): Batched[] {
  return values.map(({ shape, dtype }) => ({ tensor: tf.zeros([0, ...shape], dtype), isBatched: true }));
}

/** A launch of which all lanes share the result. */
function shared(
  { kernelName, attrs }: KernelNode,
  entries: readonly (readonly [string, Batched])[],
): Batched[] {
  const given = Object.fromEntries(entries.map(([name, { tensor }]) => [name, tensor]));
  return launchKernel(kernelName, given, attrs).map((tensor) => ({ tensor, isBatched: false }));
}

function resultsOf(result: BatchResult): Batched[] {
  const list = result instanceof tf.Tensor ? [result] : result;
  return list.map((item) => (item instanceof tf.Tensor ? { tensor: item, isBatched: true } : item));
}
