/** @file The derivative of a call whose forward pass is computed again. */
import * as tf from "@tensorflow/tfjs-core";
import { barrier } from "../../trace/barrier.ts";
import { Body } from "../../trace/control/body.ts";
import { spentBody } from "../../trace/control/spent.ts";
import { call, type CallRule, type Dual } from "../../trace/call.ts";
import type { Graph, KernelNode, Value } from "../../trace/graph.ts";
import { kernelGradient } from "../../trace/kernel-gradient.ts";
import { recordBody } from "../../trace/record-body.ts";
import { replay } from "../../trace/replay.ts";
import { launchKernel } from "../../trace/special-kernels.ts";
import { tapeNode } from "../../trace/tape-node.ts";
import { tapeVjp } from "../../trace/tape-vjp.ts";
import type { CheckpointPolicy } from "./checkpoint-policies.ts";
import { jvpGraph } from "./jvp-graph.ts";
import { distinct } from "./jvp.ts";

/** Keeps the inputs, and what `policy` says; all else is computed again when the gradient is. */
export class RematRule implements CallRule {
  readonly name = "remat";
  readonly isOfValues = false;
  private readonly policy: CheckpointPolicy;

  constructor(policy: CheckpointPolicy) {
    this.policy = policy;
  }

  onTape(body: Body, inputs: readonly tf.Tensor[]): tf.Tensor[] {
    const { graph } = body;
    const kept = keptOf(graph, this.policy);
    const values = kept.flatMap(({ outputs }) => outputs);
    const extended =
      values.length === 0
        ? body
        : new Body({ ...graph, outputs: [...graph.outputs, ...values.map((value) => ({ value }))] });
    const spent = spentBody(extended);
    // What gradients around the innermost one see; each uses the rules that it comes to.
    let next: Body | undefined;
    const [count, width] = [graph.outputs.length, inputs.length];
    const floats = inputs.flatMap(({ dtype }, i) => (dtype === "float32" ? [i] : []));
    const outputs = tapeNode(inputs, {
      forward: () => replay(spent.graph, inputs),
      save: (results) => [...inputs, ...results.slice(count)],
      backward: (dys, saved) => {
        const seen = next;
        if (spent !== extended) next = seen ? spentBody(seen) : spent;
        const given = dys.flatMap((dy, i) => (dy ? [i] : []));
        // What follows waits for the gradients, and is no repetition of the forward pass to a compiler.
        const held = barrier([...saved, ...given.map((i) => dys[i]!)]);
        const again = held.slice(0, width);
        const found = new Map(values.map((value, i) => [value, held[width + i]!]));
        const { gradients } = tapeVjp(
          (xs) => {
            const changed = [...again];
            for (const [i, place] of floats.entries()) changed[place] = xs[i]!;
            if (seen) return replay(seen.graph, changed);
            return found.size === 0
              ? replay(graph, changed)
              : replayWith(extended.graph, changed, new Set(kept), found);
          },
          floats.map((i) => again[i]!),
          (results) =>
            results.map((_result, i) =>
              given.includes(i) ? held[saved.length + given.indexOf(i)] : undefined,
            ),
        );
        return inputs.map((_input, i) => gradients[floats.indexOf(i)]);
      },
    });
    return outputs.slice(0, count);
  }

  jvp({ graph }: Body, inputs: readonly tf.Tensor[], tangents: readonly (tf.Tensor | undefined)[]): Dual {
    const given = tangents.flatMap((tangent, i) => (tangent ? [i] : []));
    const count = graph.outputs.length;
    let changes: boolean[] = [];
    const dual = recordBody(
      (...tensors) => {
        const directions = tangents.map((tangent, i) => tangent && tensors[inputs.length + given.indexOf(i)]);
        const { outputs, tangents: found } = jvpGraph(
          graph,
          tensors.slice(0, inputs.length),
          directions,
          true,
        );
        changes = outputs.map((_output, i) => found[i] !== undefined);
        return distinct([...outputs, ...found.filter((each) => each !== undefined)]);
      },
      [...inputs, ...given.map((i) => tangents[i]!)],
      { caller: "jvp(remat)", name: graph.name },
    );
    const results = call(new Body(dual.graph), this, [
      ...inputs,
      ...given.map((i) => tangents[i]!),
      ...dual.surroundings(),
    ]);
    dual.dispose();
    let next = count;
    return {
      outputs: results.slice(0, count),
      tangents: changes.map((is) => (is ? results[next++] : undefined)),
    };
  }
}

/** The launches whose results are kept. */
function keptOf(graph: Graph, policy: CheckpointPolicy): KernelNode[] {
  return graph.nodes.filter(({ kernelName, inputs, outputs }) => {
    if (!tf.getGradient(kernelName)) return false;
    return policy({
      kernelName,
      inputShapes: Object.values(inputs).map(({ shape }) => shape),
      outputShapes: outputs.map(({ shape }) => shape),
    });
  });
}

/** Runs a graph in which some launches have been made before: only their gradients are computed. */
function replayWith(
  graph: Graph,
  parameters: readonly tf.Tensor[],
  made: ReadonlySet<KernelNode>,
  found: ReadonlyMap<Value, tf.Tensor>,
): tf.Tensor[] {
  const tensors = new Map<Value, tf.Tensor>();
  for (const [i, value] of graph.parameters.entries()) tensors.set(value, parameters[i]!);
  for (const { value, elements } of graph.constants) {
    tensors.set(value, tf.tensor(elements, [...value.shape], value.dtype));
  }
  for (const node of graph.nodes) {
    const { kernelName, attrs } = node;
    const entries = Object.entries(node.inputs).map(([name, value]) => [name, tensors.get(value)!] as const);
    const outputs = made.has(node)
      ? givenBefore(node, entries, found)
      : launchKernel(kernelName, Object.fromEntries(entries), attrs);
    for (const [i, value] of node.outputs.entries()) tensors.set(value, outputs[i]!);
  }
  return graph.outputs.map(({ value }) => tensors.get(value)!);
}

function givenBefore(
  { kernelName, attrs, outputs }: KernelNode,
  entries: readonly (readonly [string, tf.Tensor])[],
  found: ReadonlyMap<Value, tf.Tensor>,
): tf.Tensor[] {
  const inputs = entries.map(([, tensor]) => tensor);
  return tapeNode(inputs, {
    forward: () => outputs.map((value) => tf.clone(found.get(value)!)),
    save: (results) => [...inputs, ...results],
    backward: (dys, saved) => {
      const launched = {
        kernelName,
        attrs,
        inputs: Object.fromEntries(entries.map(([name], i) => [name, saved[i]!])),
        outputs: saved.slice(inputs.length),
      };
      const all = outputs.map(({ shape }, i) => dys[i] ?? tf.zeros([...shape]));
      const gradients = kernelGradient(launched, all);
      return entries.map(([name, { dtype }]) => (dtype === "float32" ? gradients[name]?.() : undefined));
    },
  });
}
