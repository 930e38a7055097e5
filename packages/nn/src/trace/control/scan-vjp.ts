/** @file Splits a turn of a loop with its gradients in two: what runs forwards, and what runs backwards with what that has kept. */
import * as tf from "@tensorflow/tfjs-core";
import type { Constant, Graph, KernelNode, Value } from "../graph.ts";
import { Body, numberingOf, regraphed } from "./body.ts";
import { CHEAP } from "./cheap.ts";
import { needed } from "./hoist.ts";
import type { ScanAttrs } from "./kernels.ts";
import { vjpBody } from "./vjp-body.ts";

/** The two loops of a gradient. */
export interface ScanVjp {
  /** As the original, with what is kept as further results. */
  readonly forward: Body;
  /**
   * Carries the gradients of float32 carries, then sums of gradients of constants; takes slices of the sequences, of what
   * was kept and of the gradients of results, and the constants. Gives gradients of sequences.
   */
  readonly backward: Body;
  /** The numbers of the inputs of the original whose gradients are, in order: carried; sums; results. */
  readonly carried: readonly number[];
  readonly sums: readonly number[];
  readonly stacked: readonly number[];
}

/** How many launches, one after the other, are run again at most: `y * (1 - y)` from `y` takes two. */
const DEPTH = 2;

const isFloat = ({ dtype }: Value) => dtype === "float32";

/**
 * The loops for the gradient of a loop.
 *
 * @param given the numbers of results (not carries) for which gradients come in
 */
export function scanVjp(attrs: ScanAttrs, given: readonly number[]): ScanVjp {
  return attrs.body.once(`vjp ${given.join()}`, () => split(attrs, given));
}

function split({ body, carries, sequences }: ScanAttrs, given: readonly number[]): ScanVjp {
  const { parameters, outputs } = body.graph;
  const floats = [...parameters.keys()].filter((i) => isFloat(parameters[i]!));
  const carried = floats.filter((i) => i < carries);
  const { graph, gradientOf } = vjpBody(body.graph, [...carried, ...given], floats);
  const number = numberingOf(graph);
  const own = graph.parameters.slice(0, parameters.length);
  const cotangents = graph.parameters.slice(parameters.length);
  const gradients = gradientOf.map((at) =>
    at === undefined ? undefined : graph.outputs[outputs.length + at]!.value,
  );
  const constants: Constant[] = [];
  const zeros = ({ shape, dtype }: Value): Value => {
    const value: Value = { id: number(), shape, dtype };
    constants.push({ value, elements: new Float32Array(tf.util.sizeFromShape([...shape])) });
    return value;
  };

  const sums = floats.filter((i) => i >= carries + sequences && gradients[i]);
  const stacked = floats.filter((i) => i >= carries && i < carries + sequences && gradients[i]);
  const totals = sums.map((i): Value => ({ ...own[i]!, id: number() }));
  const added = sums.map((i, j): KernelNode => {
    const output: Value = { ...own[i]!, id: number() };
    return { kernelName: tf.Add, inputs: { a: totals[j]!, b: gradients[i]! }, attrs: {}, outputs: [output] };
  });
  const results = [
    ...carried.map((i) => gradients[i] ?? zeros(own[i]!)),
    ...added.map((node) => node.outputs[0]!),
    ...stacked.map((i) => gradients[i]!),
  ];
  const kept = keptValues(graph, own, cotangents, {
    free: own.slice(carries),
    constants: own.slice(carries + sequences),
    wanted: [...results, ...sums.map((i) => gradients[i]!)],
  });
  const isPrimal = primalsOf(graph, cotangents);
  const primalOutputs = [...graph.outputs.slice(0, outputs.length).map(({ value }) => value), ...kept];
  const forward = regraphed(graph, {
    parameters: own,
    nodes: needed(graph.nodes.filter(isPrimal), primalOutputs),
    outputs: primalOutputs,
  });
  const backward = regraphed(
    { ...graph, constants: [...graph.constants, ...constants] },
    {
      parameters: [
        ...cotangents.slice(0, carried.length),
        ...totals,
        ...own.slice(carries, carries + sequences),
        ...kept,
        ...cotangents.slice(carried.length),
        ...own.slice(carries + sequences),
      ],
      nodes: neededBeyond([...graph.nodes, ...added], results, new Set(kept)),
      outputs: results,
    },
  );
  return { forward: new Body(forward, body), backward: new Body(backward), carried, sums, stacked };
}

/** Tells which launches do not depend on gradients that come in. */
function primalsOf({ nodes }: Graph, cotangents: readonly Value[]): (node: KernelNode) => boolean {
  const tangents = new Set(cotangents);
  for (const node of nodes) {
    if (!Object.values(node.inputs).some((input) => tangents.has(input))) continue;
    for (const output of node.outputs) tangents.add(output);
  }
  return ({ outputs }) => !outputs.some((output) => tangents.has(output));
}

/** What the backward loop has from elsewhere, and what it is for. */
interface Ends {
  /** Parameters that it takes again. */
  readonly free: readonly Value[];
  /** Those of them that are the same in each turn. */
  readonly constants: readonly Value[];
  readonly wanted: readonly Value[];
}

/**
 * What has to be kept of a turn: what gradients are computed from, but for what is quickly computed again from the rest,
 * or from constants only.
 */
function keptValues(
  graph: Graph,
  own: readonly Value[],
  cotangents: readonly Value[],
  { free, constants, wanted }: Ends,
): Value[] {
  const isPrimal = primalsOf(graph, cotangents);
  const available = new Set([...free, ...graph.constants.map(({ value }) => value)]);
  const invariant = new Set([...constants, ...graph.constants.map(({ value }) => value)]);
  const maker = new Map<Value, KernelNode>();
  const primal = new Set(own);
  for (const node of graph.nodes) {
    if (!isPrimal(node)) continue;
    const inputs = Object.values(node.inputs);
    for (const output of node.outputs) {
      primal.add(output);
      maker.set(output, node);
      if (inputs.every((input) => invariant.has(input))) invariant.add(output);
    }
  }
  const kept = new Set<Value>();
  const ask = (value: Value) => {
    if (primal.has(value) && !available.has(value) && !invariant.has(value)) kept.add(value);
  };
  const backward = needed(
    graph.nodes.filter((node) => !isPrimal(node)),
    wanted,
  );
  for (const node of backward) Object.values(node.inputs).forEach(ask);
  wanted.forEach(ask);
  /** Whether a value is there, or is quickly computed from what is. */
  const isAtHand = (value: Value, depth: number): boolean => {
    if (kept.has(value) || available.has(value) || invariant.has(value)) return true;
    return depth > 0 && isComputable(value, depth - 1);
  };
  const isComputable = (value: Value, depth: number): boolean => {
    const node = maker.get(value);
    if (!node || !CHEAP.has(node.kernelName)) return false;
    return Object.values(node.inputs).every((input) => isAtHand(input, depth));
  };
  // The last first: what it is computed from was there before.
  for (const value of [...kept].sort((a, b) => b.id - a.id)) {
    kept.delete(value);
    if (!isComputable(value, DEPTH)) kept.add(value);
  }
  return [...kept];
}

/** Those of `nodes` that `outputs` need, where `given` need not be computed. */
function neededBeyond(
  nodes: readonly KernelNode[],
  outputs: readonly Value[],
  given: ReadonlySet<Value>,
): KernelNode[] {
  return needed(
    nodes.filter((node) => !node.outputs.some((output) => given.has(output))),
    outputs,
  );
}
