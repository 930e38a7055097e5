/** @file Splits a turn of a loop with its gradients in two: what runs forwards, and what runs backwards with what that has kept. */
import * as tf from "@tensorflow/tfjs-core";
import type { KernelNode, Value } from "../graph.ts";
import { Body, regraphed } from "./body.ts";
import { needed } from "./hoist.ts";
import type { ScanAttrs } from "./kernels.ts";
import { type LaterSum, worthStacking } from "./later-sums.ts";
import { scanTurn, type ScanTurn } from "./scan-turn.ts";
import { spentBody } from "./spent.ts";
import { hasPlace, placeOf, type StackPlace } from "./stack-places.ts";
import { TurnGradients } from "./turn-gradients.ts";

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

/**
 * The loops for the gradient of a loop of at least one turn.
 *
 * @param given the numbers of results (not carries) for which gradients come in
 */
export function scanVjp(attrs: ScanAttrs, given: readonly number[]): ScanVjp {
  return attrs.body.once(`vjp ${given.join()}`, () => split(attrs, given));
}

function split(attrs: ScanAttrs, given: readonly number[]): ScanVjp {
  const { body, carries, sequences } = attrs;
  const turn = scanTurn(attrs, given);
  const { graph, own, incoming, carried, stacked, gradientOf } = turn;
  const gradients = new TurnGradients(graph, own, incoming, attrs);
  const later = laterSums(turn, gradients, carries);
  const sums = turn.summed.filter((input) => !later.has(input));
  const { totals, additions } = runningSums(turn, sums);

  // Gradients that later sums are made of are results of the backward loop, too.
  const leaves = new Set([...later.values()].flatMap((sum) => [...sum.leaves]));
  const wanted = [...sums.map(gradientOf), ...[...leaves].filter((leaf) => gradients.isGradient(leaf))];
  const kept = keptFor(turn, gradients, wanted);
  const forward = [...turn.outputs, ...kept];
  const backward = [
    ...carried.map(gradientOf),
    ...additions.map(({ outputs }) => outputs[0]!),
    ...stacked.map(gradientOf),
  ];
  const loops = { forward, backward, backwardCarries: carried.length + sums.length };
  const isGradient = (value: Value) => gradients.isGradient(value);
  const places = new Map([...leaves].map((leaf) => [leaf, placeOf(leaf, turn, carries, isGradient, loops)]));

  const forwardGraph = regraphed(graph, {
    parameters: own,
    nodes: needed(gradients.ownNodes(), forward),
    outputs: forward,
  });
  const backwardGraph = regraphed(graph, {
    parameters: [
      ...incoming.slice(0, carried.length),
      ...totals,
      ...own.slice(carries, carries + sequences),
      ...kept,
      ...incoming.slice(carried.length),
      ...own.slice(carries + sequences),
    ],
    nodes: neededBeyond([...graph.nodes, ...additions], backward, new Set(kept)),
    outputs: backward,
  });
  return {
    // What a tape sees of the loop is without rules that a gradient uses.
    forward: new Body(forwardGraph, spentBody(body)),
    backward: new Body(backwardGraph),
    kept: kept.length,
    carried,
    sums,
    stacked,
    later: [...later].map(([input, sum]) => ({ input, sum })),
    places,
  };
}

/** What has to be kept of a turn for the gradients that all loops give, and those that are `wanted` beside. */
function keptFor(
  { carried, stacked, gradientOf }: ScanTurn,
  gradients: TurnGradients,
  wanted: readonly Value[],
): Value[] {
  return gradients.kept([...carried.map(gradientOf), ...stacked.map(gradientOf), ...wanted]);
}

/** The inputs whose gradients are sums that are better taken of stacks, when the loops are over. */
function laterSums(turn: ScanTurn, gradients: TurnGradients, carries: number): Map<number, LaterSum> {
  const { summed, outputs, gradientOf } = turn;
  const candidates = summed.flatMap((input) => gradients.laterSum(gradientOf(input)) ?? []);
  const least = [...outputs, ...keptFor(turn, gradients, [])];
  const worth = worthStacking(candidates, (leaf) => hasPlace(leaf, turn, carries, least));
  const sumOf = new Map([...worth].map((sum) => [sum.value, sum]));
  return new Map(
    summed.flatMap((input) => {
      const sum = sumOf.get(gradientOf(input));
      return sum ? [[input, sum] as const] : [];
    }),
  );
}

/** What each turn adds to: totals that come in, and the launches that give the next ones. */
function runningSums(
  { own, number, gradientOf }: ScanTurn,
  inputs: readonly number[],
): { readonly totals: readonly Value[]; readonly additions: readonly KernelNode[] } {
  const like = (input: number): Value => ({ ...own[input]!, id: number() });
  const totals = inputs.map(like);
  const additions = inputs.map((input, i): KernelNode => ({
    kernelName: tf.Add,
    inputs: { a: totals[i]!, b: gradientOf(input) },
    attrs: {},
    outputs: [like(input)],
  }));
  return { totals, additions };
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
