/** @file The target `kernels`: runs a graph launch by launch on the active backend. */
import * as tf from "@tensorflow/tfjs-core";
import { isChoiceOnTape, runControl } from "./control/run.ts";
import type { Graph, KernelNode, Value } from "./graph.ts";
import { launchKernel } from "./special-kernels.ts";
import { activeTrace } from "./trace-backend.ts";

/** A graph, ready to be replayed. */
export interface Replay {
  /**
   * The outputs, each a tensor of its own that belongs to the active scope, for one tensor for each parameter.
   */
  run(parameters: readonly tf.Tensor[]): tf.Tensor[];
}

/** Prepares a graph: finds out after which launch each value is needed no more. */
export function replayOf(graph: Graph): Replay {
  const steps = graph.nodes.map((node) => ({
    node,
    inputs: Object.entries(node.inputs),
    dead: [] as Value[],
  }));
  const held = new Set([
    ...graph.parameters,
    ...graph.constants.map(({ value }) => value),
    ...graph.outputs.map(({ value }) => value),
  ]);
  const seen = new Set(held);
  for (let i = steps.length - 1; i >= 0; i--) {
    const { node, dead } = steps[i]!;
    for (const value of new Set([...node.outputs, ...Object.values(node.inputs)])) {
      if (seen.has(value)) continue;
      seen.add(value);
      dead.push(value);
    }
  }
  return {
    run(parameters) {
      const engine = tf.engine();
      const tensors = new Map<Value, tf.Tensor>();
      let outputs: tf.Tensor[] = [];
      engine.startScope("nnx:replay");
      try {
        for (const [i, value] of graph.parameters.entries()) tensors.set(value, parameters[i]!);
        for (const { value, elements } of graph.constants) {
          tensors.set(value, tf.tensor(elements, [...value.shape], value.dtype));
        }
        for (const { node, inputs, dead } of steps) {
          launch(node, inputs, tensors);
          for (const value of dead) {
            tensors.get(value)?.dispose();
            tensors.delete(value);
          }
        }
        outputs = ownTensors(graph, tensors);
        return outputs;
      } finally {
        engine.endScope(outputs);
      }
    },
  };
}

/** The outputs of a graph for these parameters; for a single run. See {@link replayOf}. */
export function replay(graph: Graph, parameters: readonly tf.Tensor[]): tf.Tensor[] {
  return replayOf(graph).run(parameters);
}

const prepared = new WeakMap<Graph, Replay>();

/** The bodies of loops run many times. */
function preparedReplay(graph: Graph): Replay {
  let known = prepared.get(graph);
  if (!known) prepared.set(graph, (known = replayOf(graph)));
  return known;
}

function launch(
  { kernelName, attrs, outputs }: KernelNode,
  inputs: readonly (readonly [string, Value])[],
  tensors: Map<Value, tf.Tensor>,
): void {
  const given: Record<string, tf.Tensor> = {};
  for (const [name, value] of inputs) given[name] = tensors.get(value)!;
  const control =
    activeTrace() || isChoiceOnTape(kernelName)
      ? undefined
      : runControl(kernelName, Object.values(given), attrs, (graph, parameters) =>
          preparedReplay(graph).run(parameters),
        );
  const results = control ?? launchKernel(kernelName, given, attrs);
  for (const [i, output] of outputs.entries()) tensors.set(output, results[i]!);
}

/** A tensor for each output: no two are the same, and none is a parameter's. */
function ownTensors(graph: Graph, tensors: ReadonlyMap<Value, tf.Tensor>): tf.Tensor[] {
  const taken = new Set(graph.parameters);
  return graph.outputs.map(({ value }) => {
    const tensor = tensors.get(value)!;
    if (taken.has(value)) return tensor.clone();
    taken.add(value);
    return tensor;
  });
}
