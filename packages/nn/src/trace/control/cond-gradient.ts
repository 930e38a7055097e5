/** @file The gradient of branches: that of the one that is taken. */
import { zeroGradient } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import type { Constant, Value } from "../graph.ts";
import { tapeNode } from "../tape-node.ts";
import { Body, numberingOf, regraphed } from "./body.ts";
import type { CondAttrs } from "./kernels.ts";
import { isZero } from "./scan-gradient.ts";
import { spend, spending } from "./spent.ts";
import { vjpBody } from "./vjp-body.ts";

type Launch = (inputs: readonly tf.Tensor[], attrs: CondAttrs) => tf.Tensor[];

/** The gradient function of the kernel: branches that compute what they need again. */
export function condGradient(launch: Launch): tf.GradFunc {
  return (dy, saved, attrs) => {
    const dys = [dy].flat().map((each) => (isZero(each) ? undefined : each));
    // Which attributes a kernel has is its contract with those who launch it.
    const gradients = gradientsOf(launch, dys, saved, spend(attrs as unknown as CondAttrs));
    return Object.fromEntries(
      saved.map((_, i) => [i, gradients[i] ? () => gradients[i]! : zeroGradient] as const),
    );
  };
}

/** Runs branches by `run`, where nothing is recorded but by a tape, with the gradient of the one that is taken. */
export function condOnTape(
  inputs: readonly tf.Tensor[],
  attrs: CondAttrs,
  run: (attrs: CondAttrs) => tf.Tensor[],
  launch: Launch,
): tf.Tensor[] {
  const spent = spending(attrs) as CondAttrs;
  return tapeNode(inputs, {
    forward: () => run(spent),
    save: () => inputs,
    backward: (dys, saved) => gradientsOf(launch, dys, saved, spend(spent)),
  });
}

function gradientsOf(
  launch: Launch,
  dys: readonly (tf.Tensor | undefined)[],
  saved: readonly tf.Tensor[],
  attrs: CondAttrs,
): (tf.Tensor | undefined)[] {
  const { outputs } = attrs.branches[0]!.graph;
  const results = [...outputs.keys()].filter((i) => outputs[i]!.value.dtype === "float32" && dys[i]);
  const { branches, operands } = condVjp(attrs, results);
  if (operands.length === 0) return [];
  const gradients = launch([...saved, ...results.map((i) => dys[i]!)], { branches });
  const found = new Map(operands.map((operand, i) => [operand + 1, gradients[i]!]));
  return saved.map((_, i) => found.get(i));
}

interface CondVjp {
  /** Take the operands, then the gradients of results. */
  readonly branches: readonly Body[];
  /** The numbers of the operands whose gradients they give. */
  readonly operands: readonly number[];
}

function condVjp({ branches }: CondAttrs, given: readonly number[]): CondVjp {
  const key = `vjp ${given.join()} of ${branches.map(({ id }) => id).join()}`;
  return branches[0]!.once(key, () => {
    const { parameters } = branches[0]!.graph;
    const floats = [...parameters.keys()].filter((i) => parameters[i]!.dtype === "float32");
    const bodies = branches.map(({ graph }) => vjpBody(graph, given, floats));
    const operands = floats.filter((i) => bodies.some(({ gradientOf }) => gradientOf[i] !== undefined));
    const differentiated = bodies.map(({ graph, gradientOf }, branch) => {
      const number = numberingOf(graph);
      const zeros: Constant[] = [];
      const before = branches[branch]!.graph.outputs.length;
      const outputs = operands.map((i): Value => {
        const at = gradientOf[i];
        if (at !== undefined) return graph.outputs[before + at]!.value;
        const value: Value = { ...graph.parameters[i]!, id: number() };
        zeros.push({ value, elements: new Float32Array(tf.util.sizeFromShape([...value.shape])) });
        return value;
      });
      return new Body(regraphed({ ...graph, constants: [...graph.constants, ...zeros] }, { outputs }));
    });
    return { branches: differentiated, operands };
  });
}
