/** @file The kernels of control flow: their names, attributes, and the shapes of what they give. */
import { registerShapeRule } from "@nnx-js/tensor";
import type { KernelNode, Value } from "../graph.ts";
import type { Body } from "./body.ts";

/**
 * A loop with a known number of turns. Inputs: carries, sequences (with one slice for each turn along axis 0), constants.
 * The body takes carries, slices and constants, and gives next carries, then one slice of each result. Outputs: the last
 * carries, then the stacked results.
 */
export const SCAN = "Scan";

/**
 * A loop that goes on for as long as a condition holds. Inputs: carries, constants. Condition and body take these; the
 * condition gives a truth value, the body the next carries. Outputs: the last carries.
 */
export const WHILE = "While";

/**
 * One of several functions. Inputs: an int32 index, brought into the range of the branches, then operands, which each
 * branch takes. Outputs: what the branch gives.
 */
export const COND = "Cond";

/** Attributes of `Scan`. */
export interface ScanAttrs {
  readonly body: Body;
  readonly carries: number;
  readonly sequences: number;
  readonly length: number;
  /** Whether the last slices come first; results stay in the order of the slices. */
  readonly reverse: boolean;
}

/** Attributes of `While`. */
export interface WhileAttrs {
  readonly condition: Body;
  readonly body: Body;
  readonly carries: number;
  /** What errors call it. */
  readonly caller: string;
}

/** Attributes of `Cond`. */
export interface CondAttrs {
  readonly branches: readonly Body[];
}

/** The attributes of a node that is a kernel of that kind. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- it names what the kernel is launched with
export function attrsOf<Attrs>({ attrs }: Pick<KernelNode, "attrs">): Attrs {
  // Which attributes a kernel has is its contract with those who launch it.
  return attrs as unknown as Attrs;
}

/** The inputs of a node that takes a list, in order. */
export function listOf({ inputs }: Pick<KernelNode, "inputs">): Value[] {
  return Object.keys(inputs).map((_, i) => inputs[i]!);
}

const specOf = ({ shape, dtype }: Value) => ({ shape: [...shape], dtype });
const outputsOf = ({ graph }: Body) => graph.outputs.map(({ value }) => value);

/** Lets the kernels be recorded. */
export function registerControlShapes(): void {
  registerShapeRule<object, ScanAttrs>(SCAN, (_, { body, carries, length }) =>
    outputsOf(body).map((value, i) => {
      const { shape, dtype } = specOf(value);
      return { shape: i < carries ? shape : [length, ...shape], dtype };
    }),
  );
  registerShapeRule<object, WhileAttrs>(WHILE, (_, { body }) => outputsOf(body).map(specOf));
  registerShapeRule<object, CondAttrs>(COND, (_, { branches }) => outputsOf(branches[0]!).map(specOf));
}
