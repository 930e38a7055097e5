/** @file A turn of a loop, recorded with its gradients as one graph. */
import * as tf from "@tensorflow/tfjs-core";
import type { Constant, Graph, Value } from "../graph.ts";
import { numberingOf } from "./body.ts";
import { withoutEqualLaunches } from "./equal-launches.ts";
import type { ScanAttrs } from "./kernels.ts";
import { vjpBody } from "./vjp-body.ts";

/** Which value of the graph is what. Inputs of the loop have the numbers of the parameters of its body. */
export interface ScanTurn {
  readonly graph: Graph;
  /** Makes a number for a further value. */
  readonly number: () => number;
  /** The parameters of the body: carries, slices, constants. */
  readonly own: readonly Value[];
  /** What the body gives: the next carries, then slices of results. */
  readonly outputs: readonly Value[];
  /** The gradients that come in: of the float32 carries, then of results. */
  readonly incoming: readonly Value[];
  /** The inputs whose gradients are carried from turn to turn; are sums over turns; are one slice for each turn. */
  readonly carried: readonly number[];
  readonly summed: readonly number[];
  readonly stacked: readonly number[];
  /** The gradient of one of these inputs. */
  readonly gradientOf: (input: number) => Value;
}

/**
 * Records a turn.
 *
 * @param given the numbers of results (not carries) for which gradients come in
 */
export function scanTurn({ body, carries, sequences }: ScanAttrs, given: readonly number[]): ScanTurn {
  const { parameters, outputs } = body.graph;
  const floats = [...parameters.keys()].filter((i) => parameters[i]!.dtype === "float32");
  const carried = floats.filter((i) => i < carries);
  const vjp = vjpBody(body.graph, [...carried, ...given], floats);
  const graph = withoutEqualLaunches(vjp.graph);
  const number = numberingOf(graph);
  const gradients = new Map<number, Value>();
  for (const [input, at] of vjp.gradientOf.entries()) {
    if (at !== undefined) gradients.set(input, graph.outputs[outputs.length + at]!.value);
  }
  const zeros = carried
    .filter((input) => !gradients.has(input))
    .map((input): Constant => {
      const { shape, dtype } = parameters[input]!;
      const value: Value = { id: number(), shape, dtype };
      gradients.set(input, value);
      return { value, elements: new Float32Array(tf.util.sizeFromShape([...shape])) };
    });
  const others = floats.filter((i) => i >= carries && gradients.has(i));
  return {
    graph: { ...graph, constants: [...graph.constants, ...zeros] },
    number,
    own: graph.parameters.slice(0, parameters.length),
    outputs: graph.outputs.slice(0, outputs.length).map(({ value }) => value),
    incoming: graph.parameters.slice(parameters.length),
    carried,
    summed: others.filter((i) => i >= carries + sequences),
    stacked: others.filter((i) => i < carries + sequences),
    gradientOf: (input) => gradients.get(input)!,
  };
}
