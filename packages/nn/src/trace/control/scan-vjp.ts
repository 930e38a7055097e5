/** @file Splits a turn of a loop with its gradients in two: what runs forwards, and what runs backwards with what that has kept. */
import * as tf from "@tensorflow/tfjs-core";
import type { Constant, KernelNode, Value } from "../graph.ts";
import { Body, numberingOf, regraphed } from "./body.ts";
import { withoutEqualLaunches } from "./equal-launches.ts";
import { needed } from "./hoist.ts";
import type { ScanAttrs } from "./kernels.ts";
import { type LaterSum, worthStacking } from "./later-sums.ts";
import { spentBody } from "./spent.ts";
import { TurnGradients } from "./turn-gradients.ts";
import { vjpBody } from "./vjp-body.ts";

/** The two loops of a gradient, and what is computed after them. */
export interface ScanVjp {
  /** As the original, with what is kept as further results: first what the backward loop takes. */
  readonly forward: Body;
  /**
   * Carries the gradients of float32 carries, then sums of gradients of constants; takes slices of the sequences, of what
   * was kept and of the gradients of results, and the constants. Gives gradients of sequences, then what later sums need.
   */
  readonly backward: Body;
  /** How many results of the forward loop the backward one takes. */
  readonly kept: number;
  /** The numbers of the inputs of the original whose gradients are, in order: carried; sums; results. */
  readonly carried: readonly number[];
  readonly sums: readonly number[];
  readonly stacked: readonly number[];
  /** Inputs whose gradients are sums that are taken when the loops are over. */
  readonly later: readonly { readonly input: number; readonly sum: LaterSum }[];
  /** Where stacks for later sums are. */
  readonly places: ReadonlyMap<Value, StackPlace>;
}

/** Where what a value was in all turns is found. */
export type StackPlace =
  | { readonly kind: "sequence"; readonly input: number }
  /** A gradient that came in. */
  | { readonly kind: "given"; readonly at: number }
  | { readonly kind: "forward"; readonly output: number }
  | { readonly kind: "backward"; readonly output: number }
  /** What was carried into a turn: what the one before gave as this result of the forward loop. */
  | { readonly kind: "previous"; readonly carry: number; readonly output: number };

const isFloat = ({ dtype }: Value) => dtype === "float32";

/**
 * The loops for the gradient of a loop of at least one turn.
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
  const vjp = vjpBody(body.graph, [...carried, ...given], floats);
  const graph = withoutEqualLaunches(vjp.graph);
  const number = numberingOf(graph);
  const own = graph.parameters.slice(0, parameters.length);
  const cotangents = graph.parameters.slice(parameters.length);
  const gradients = vjp.gradientOf.map((at) =>
    at === undefined ? undefined : graph.outputs[outputs.length + at]!.value,
  );
  const constants: Constant[] = [];
  const zeros = ({ shape, dtype }: Value): Value => {
    const value: Value = { id: number(), shape, dtype };
    constants.push({ value, elements: new Float32Array(tf.util.sizeFromShape([...shape])) });
    return value;
  };
  const summed = floats.filter((i) => i >= carries + sequences && gradients[i]);
  const stacked = floats.filter((i) => i >= carries && i < carries + sequences && gradients[i]);
  const turn = new TurnGradients(graph, own, cotangents, { carries, sequences });
  const carriedGradients = carried.map((i) => gradients[i] ?? zeros(own[i]!));
  const stackedGradients = stacked.map((i) => gradients[i]!);
  const keptFor = (wanted: readonly Value[]) => turn.kept([...carriedGradients, ...stackedGradients, ...wanted]); // prettier-ignore

  const primalOutputs = graph.outputs.slice(0, outputs.length).map(({ value }) => value);
  const candidates = summed.flatMap((input) => turn.laterSum(gradients[input]!) ?? []);
  const isResult = (value: Value, all: readonly Value[]) => all.includes(value, carries);
  const least = [...primalOutputs, ...keptFor([])];
  const worth = worthStacking(candidates, (leaf) => {
    const at = own.indexOf(leaf);
    const next = at >= 0 && at < carries ? primalOutputs[at]! : leaf;
    return own.includes(leaf, carries) || cotangents.includes(leaf, carried.length) || isResult(leaf, least) || isResult(next, least); // prettier-ignore
  });
  const laterOf = new Map([...worth].map((sum) => [sum.value, sum]));
  const later = summed.flatMap((input) => {
    const sum = laterOf.get(gradients[input]!);
    return sum ? { input, sum } : [];
  });
  const sums = summed.filter((input) => !laterOf.has(gradients[input]!));

  const totals = sums.map((i): Value => ({ ...own[i]!, id: number() }));
  const added = sums.map((i, j): KernelNode => {
    const output: Value = { ...own[i]!, id: number() };
    return { kernelName: tf.Add, inputs: { a: totals[j]!, b: gradients[i]! }, attrs: {}, outputs: [output] };
  });
  // Gradients that later sums are made of are results of the backward loop, too.
  const leaves = later.flatMap(({ sum }) => [...sum.leaves].filter((leaf) => turn.isGradient(leaf)));
  const kept = keptFor([...sums.map((i) => gradients[i]!), ...leaves]);
  const forwardOutputs = [...primalOutputs, ...kept];
  const results = [...carriedGradients, ...added.map((node) => node.outputs[0]!), ...stackedGradients];
  const places = new Map<Value, StackPlace>();
  const place = (leaf: Value): StackPlace => {
    const at = own.indexOf(leaf);
    if (at >= carries) return { kind: "sequence", input: at };
    const gradient = cotangents.indexOf(leaf, carried.length);
    if (gradient >= 0) return { kind: "given", at: gradient - carried.length };
    if (turn.isGradient(leaf)) {
      const known = results.indexOf(leaf, carried.length + sums.length);
      return { kind: "backward", output: known >= 0 ? known : results.push(leaf) - 1 };
    }
    const known = forwardOutputs.indexOf(leaf, carries);
    if (known >= 0) return { kind: "forward", output: known };
    const next = at >= 0 ? forwardOutputs.indexOf(primalOutputs[at]!, carries) : -1;
    if (next >= 0) return { kind: "previous", carry: at, output: next };
    return { kind: "forward", output: forwardOutputs.push(leaf) - 1 };
  };
  for (const { sum } of later) for (const leaf of sum.leaves) if (!places.has(leaf)) places.set(leaf, place(leaf)); // prettier-ignore

  const forward = regraphed(graph, {
    parameters: own,
    nodes: needed(turn.ownNodes(), forwardOutputs),
    outputs: forwardOutputs,
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
  return {
    // What a tape sees of the loop is without rules that a gradient uses.
    forward: new Body(forward, spentBody(body)),
    backward: new Body(backward),
    kept: kept.length,
    carried,
    sums,
    stacked,
    later,
    places,
  };
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
