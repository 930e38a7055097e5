/** @file What a value of a graph is a product of. */
import * as tf from "@tensorflow/tfjs-core";
import type { Graph, KernelNode, Value } from "@nnx-js/nn/trace";
import { type Axes, broadcast, type Index, reshaped } from "./axes.ts";
import { sizeOf } from "./cost.ts";

/** A value by whose elements others are multiplied, or divided. */
export interface Factor {
  readonly value: Value;
  readonly axes: Axes;
  readonly isDivisor: boolean;
  /** Whether its absolute values are meant. */
  readonly isAbsolute: boolean;
}

/** A product of values, and what is summed of it. */
export interface Product {
  readonly factors: Factor[];
  readonly summed: Index[];
  isNegative: boolean;
}

/** How a factor occurs in what is being taken apart. */
type Sense = Pick<Factor, "isDivisor" | "isAbsolute"> & {
  readonly isPower?: boolean;
  /** Whether something else needs it, or what is made of it. */
  readonly isShared?: boolean;
};

const PLAIN: Sense = { isDivisor: false, isAbsolute: false };

/** Knows which values of a graph are products of smaller ones, and of which. */
export class Products {
  readonly #makers = new Map<Value, KernelNode>();
  readonly #uses = new Map<Value, number>();
  /** Of products: the size of their largest factor, which is less than their own. */
  readonly #largest = new Map<Value, number>();
  readonly #twos = new Set<Value>();

  constructor({ constants, nodes, outputs }: Graph) {
    for (const { value, elements } of constants)
      if (elements.length === 1 && elements[0] === 2) this.#twos.add(value);
    for (const { inputs } of nodes) for (const value of Object.values(inputs)) this.#use(value);
    for (const { value } of outputs) this.#use(value);
  }

  #use(value: Value): void {
    this.#uses.set(value, (this.#uses.get(value) ?? 0) + 1);
  }

  /** Takes note of a launch, after those whose outputs it takes. */
  add(node: KernelNode): void {
    const { kernelName, inputs, outputs } = node;
    const value = outputs[0]!;
    if (kernelName === tf.Cast && this.#twos.has(inputs["x"]!)) this.#twos.add(value);
    if (value.dtype !== "float32") return;
    const sizes = this.#operandsOf(node).map((operand) => this.#largestOf(operand));
    if (sizes.length === 0 || Math.max(...sizes) >= sizeOf(value)) return;
    this.#makers.set(value, node);
    this.#largest.set(value, Math.max(...sizes));
  }

  /** Whether a value is a product of smaller ones. */
  has(value: Value): boolean {
    return this.#largest.has(value);
  }

  #largestOf(value: Value): number {
    return this.#largest.get(value) ?? sizeOf(value);
  }

  /** What a launch gives the product of; nothing for others. */
  #operandsOf({ kernelName, inputs, outputs }: KernelNode): Value[] {
    const { x, a, b } = inputs;
    switch (kernelName) {
      case tf.Multiply:
      case tf.RealDiv:
        return [a!, b!];
      case tf.BatchMatMul:
        return [a!, b!];
      case tf.Pow:
        return this.#twos.has(b!) ? [a!] : [];
      case tf.Tile:
        return x!.shape.every((size, axis) => size === 1 || size === outputs[0]!.shape[axis]) ? [x!] : [];
      case tf.Abs:
      case tf.BroadcastTo:
      case tf.Neg:
      case tf.Reshape:
      case tf.Square:
      case tf.Transpose:
        return [x!];
      default:
        return [];
    }
  }

  /** Puts what `value`, an operand with these axes, is a product of into `found`. */
  expand(value: Value, axes: Axes, found: Product, sense: Sense = PLAIN): void {
    const node = this.#makers.get(value);
    const own = { ...sense, isShared: sense.isShared === true || this.#uses.get(value)! > 1 };
    if (!node || !this.#expandNode(node, axes, found, own)) found.factors.push({ value, axes, ...sense });
  }

  #expandNode(node: KernelNode, axes: Axes, found: Product, sense: Sense): boolean {
    const { kernelName, inputs, attrs } = node;
    const { x, a, b } = inputs;
    const go = (operand: Value, own: Axes, how = sense) => this.expand(operand, own, found, how);
    switch (kernelName) {
      case tf.Multiply:
      case tf.RealDiv:
        go(a!, broadcast(axes, a!.shape));
        go(b!, broadcast(axes, b!.shape), {
          ...sense,
          isDivisor: sense.isDivisor !== (kernelName === tf.RealDiv),
        });
        return true;
      case tf.BatchMatMul: {
        const inner = innerOf(a!, attrs);
        // The square of a sum is no sum of squares, nor is its inverse one of inverses; and what something else needs is
        // there already.
        if (inner > 1 && (sense.isAbsolute || sense.isDivisor || sense.isPower || sense.isShared))
          return false;
        const [left, right, k] = matrixAxes(node, axes);
        found.summed.push(...k);
        go(a!, left);
        go(b!, right);
        return true;
      }
      case tf.Square:
      case tf.Pow:
        for (let i = 0; i < 2; i++) go(x ?? a!, axes, { ...sense, isPower: true });
        return true;
      case tf.Abs:
        go(x!, axes, { ...sense, isAbsolute: true });
        return true;
      case tf.Neg:
        if (!sense.isAbsolute) found.isNegative = !found.isNegative;
        go(x!, axes);
        return true;
      case tf.BroadcastTo:
      case tf.Tile:
        go(x!, broadcast(axes, x!.shape));
        return true;
      case tf.Transpose: {
        const { perm } = attrs as { perm: number[] };
        go(
          x!,
          perm.map((_, axis) => axes[perm.indexOf(axis)]!),
        );
        return true;
      }
      default: {
        const own = reshaped(axes, x!.shape);
        if (own) go(x!, own);
        return own !== undefined;
      }
    }
  }
}

interface Transposes {
  transposeA?: boolean;
  transposeB?: boolean;
}

/** The length of the sums of a matrix product. */
function innerOf(a: Value, { transposeA = false }: Transposes): number {
  return a.shape.at(transposeA ? -2 : -1)!;
}

/** The axes of both operands of a matrix product whose result has `axes`, and the index that is summed. */
export function matrixAxes({ inputs, attrs }: KernelNode, axes: Axes): [Axes, Axes, Index[]] {
  const { transposeA = false, transposeB = false } = attrs as Transposes;
  const [a, b] = [inputs["a"]!, inputs["b"]!];
  const inner = innerOf(a, attrs);
  const k: Index[] = inner === 1 ? [] : [{ size: inner }];
  const leading = axes.slice(0, -2);
  const [m, n] = axes.slice(-2) as [Index[], Index[]];
  const left = transposeA ? [k, m] : [m, k];
  const right = transposeB ? [n, k] : [k, n];
  return [
    [...broadcast(leading, a.shape.slice(0, -2)), ...left],
    [...broadcast(leading, b.shape.slice(0, -2)), ...right],
    k,
  ];
}
