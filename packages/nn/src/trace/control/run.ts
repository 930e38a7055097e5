/** @file Runs loops and branches where nothing is recorded: turn by turn, and what decides is read where it can be. */
import * as tf from "@tensorflow/tfjs-core";
import type { Graph } from "../graph.ts";
import { COND, type CondAttrs, SCAN, type ScanAttrs, WHILE, type WhileAttrs } from "./kernels.ts";

/** Computes the outputs of a graph: tensors of the active scope, no two the same. */
export type RunGraph = (graph: Graph, parameters: readonly tf.Tensor[]) => tf.Tensor[];

/** Whether values are there when they are asked for: a GPU behind WebGPU gives them later. */
export function canReadAtOnce(): boolean {
  return !("submitQueue" in tf.backend());
}

/** Whether a tape is to see a launch as one: a gradient through all branches would be NaN where any of them has one. */
export function isChoiceOnTape(kernelName: string): boolean {
  const { gradientDepth, kernelDepth } = tf.engine().state;
  return kernelName === COND && gradientDepth > 0 && kernelDepth === 0 && !canReadAtOnce();
}

/** The outputs of a kernel of control flow; undefined for another one. */
export function runControl(
  kernelName: string,
  inputs: readonly tf.Tensor[],
  attrs: object,
  run: RunGraph,
): tf.Tensor[] | undefined {
  // Which attributes a kernel has is its contract with those who launch it.
  if (kernelName === SCAN) return runScan(inputs, attrs as ScanAttrs, run);
  if (kernelName === WHILE) return runWhile(inputs, attrs as WhileAttrs, run);
  return kernelName === COND ? runCond(inputs, attrs as CondAttrs, run) : undefined;
}

function runScan(inputs: readonly tf.Tensor[], attrs: ScanAttrs, run: RunGraph): tf.Tensor[] {
  const { body, carries, sequences, length, reverse } = attrs;
  const xs = inputs.slice(carries, carries + sequences);
  const constants = inputs.slice(carries + sequences);
  const slices: tf.Tensor[][] = [];
  let current = inputs.slice(0, carries).map((tensor) => tf.clone(tensor));
  for (let turn = 0; turn < length; turn++) {
    const at = reverse ? length - 1 - turn : turn;
    const taken = xs.map((x) => sliceOf(x, at));
    const outputs = run(body.graph, [...current, ...taken, ...constants]);
    for (const tensor of [...current, ...taken]) tensor.dispose();
    current = outputs.slice(0, carries);
    slices[at] = outputs.slice(carries);
  }
  const results = body.graph.outputs.slice(carries).map(({ value }, i) => {
    if (length === 0) return tf.zeros([0, ...value.shape], value.dtype);
    const parts = slices.map((outputs) => outputs[i]!);
    const stacked = tf.stack(parts);
    for (const part of parts) part.dispose();
    return stacked;
  });
  return [...current, ...results];
}

/** What turn `at` takes of a sequence. */
export function sliceOf(x: tf.Tensor, at: number): tf.Tensor {
  return tf.tidy(() => {
    const rest = x.shape.slice(1);
    return tf.reshape(tf.slice(x, [at, ...rest.map(() => 0)], [1, ...rest]), rest);
  });
}

function runWhile(inputs: readonly tf.Tensor[], attrs: WhileAttrs, run: RunGraph): tf.Tensor[] {
  const { condition, body, carries } = attrs;
  const constants = inputs.slice(carries);
  let current = inputs.slice(0, carries).map((tensor) => tf.clone(tensor));
  for (;;) {
    const [goesOn] = run(condition.graph, [...current, ...constants]);
    const isOver = goesOn!.dataSync()[0] === 0;
    goesOn!.dispose();
    if (isOver) return current;
    const next = run(body.graph, [...current, ...constants]);
    for (const tensor of current) tensor.dispose();
    current = next;
  }
}

function runCond(inputs: readonly tf.Tensor[], { branches }: CondAttrs, run: RunGraph): tf.Tensor[] {
  const [index, ...operands] = inputs;
  if (!canReadAtOnce()) return tf.tidy(() => selected(branches.map(({ graph }) => run(graph, operands)), index!)); // prettier-ignore
  const at = Math.min(Math.max(index!.dataSync()[0]!, 0), branches.length - 1);
  return run(branches[at]!.graph, operands);
}

/** Of several lists the one with the number `index`, which is brought into their range. */
function selected(lists: readonly tf.Tensor[][], index: tf.Tensor): tf.Tensor[] {
  return lists.reduceRight((later, list, i) => {
    const isTaken = tf.lessEqual(index, tf.scalar(i, "int32"));
    return list.map((tensor, at) => tf.where(isTaken, tensor, later[at]!));
  });
}
