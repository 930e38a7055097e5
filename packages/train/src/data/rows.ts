/** @file Passes over tensors: each batch is taken out of them on the backend. */
import { formatPath, InvalidArgumentError, type Path } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe } from "./collate.ts";
import { isPlainObject } from "./tensors.ts";
import type { Pass, PassBatch, PassMaker } from "./pass.ts";
import type { PassRandomness } from "./randomness.ts";

/** How a pass is cut. */
export interface Cut {
  readonly batchSize: number;
  readonly dropLast: boolean;
}

/** The leading size that all tensors of a tree have. @throws InvalidArgumentError where they differ */
export function leadingSize(tree: unknown): number {
  let first: { size: number; path: Path } | undefined;
  visitTensors(tree, [], (tensor, path) => {
    const where = path.length === 0 ? "" : `${formatPath(path)}: `;
    if (tensor.isDisposed) {
      throw new InvalidArgumentError(`loader: ${where}the tensor is disposed of. A loader reads from it as long as it is used.`); // prettier-ignore
    }
    const [size] = tensor.shape;
    if (size === undefined) {
      throw new InvalidArgumentError(
        `loader: ${where}expected a tensor with an axis of examples in front, got a scalar. Write tf.expandDims(x).`,
      );
    }
    if (tensor.dtype === "string") {
      throw new InvalidArgumentError(
        `loader: ${where}expected a tensor of numbers, got one of texts. Give an array of examples: texts come in arrays.`,
      );
    }
    first ??= { size, path };
    if (first.size === size) return;
    throw new InvalidArgumentError(
      `loader: ${where}expected ${first.size} examples, as ${formatPath(first.path)} has, got ${size}. All tensors have ` +
        `one row for each example.`,
    );
  });
  return first?.size ?? 0;
}

function visitTensors(tree: unknown, path: Path, visit: (tensor: tf.Tensor, path: Path) => void): void {
  if (tree instanceof tf.Tensor) visit(tree, path);
  else if (Array.isArray(tree))
    for (const [i, item] of tree.entries()) visitTensors(item, [...path, i], visit);
  else if (isPlainObject(tree)) {
    for (const [name, item] of Object.entries(tree)) visitTensors(item, [...path, name], visit);
  } else {
    throw new InvalidArgumentError(
      `loader: ${formatPath(path)}: expected a tensor, got ${describe(tree)}. A source is an array ` +
        `of examples, an object of tensors, or something that can be iterated.` +
        (ArrayBuffer.isView(tree) ? ` Write tf.tensor(…) of it, of a shape with examples in front.` : ""),
    );
  }
}

function mapTensors(tree: unknown, fn: (tensor: tf.Tensor) => tf.Tensor): unknown {
  if (tree instanceof tf.Tensor) return fn(tree);
  if (Array.isArray(tree)) return tree.map((item) => mapTensors(item, fn));
  const names = tree as Record<string, unknown>;
  return Object.fromEntries(Object.entries(names).map(([name, item]) => [name, mapTensors(item, fn)]));
}

/** One row of a tree of tensors, without its leading axis. */
export function rowAt(tree: unknown, index: number): unknown {
  return tf.tidy(() => {
    const row = mapTensors(tree, (tensor) => {
      const rest = tensor.shape.slice(1);
      return tf.reshape(tf.slice(tensor, [index, ...rest.map(() => 0)], [1, ...rest]), rest);
    });
    return row as tf.TensorContainer;
  });
}

/** Passes over a tree of tensors, which stay the caller's. */
export class RowMaker implements PassMaker {
  readonly size: number;
  private readonly tree: unknown;
  private readonly cut: Cut;
  private readonly isShuffled: boolean;

  constructor(tree: unknown, cut: Cut, isShuffled: boolean) {
    this.tree = tree;
    this.size = leadingSize(tree);
    this.cut = cut;
    this.isShuffled = isShuffled;
  }

  begin(_epoch: number, index: number, randomness: PassRandomness | undefined): Pass {
    return new RowPass(this.tree, this.size, this.cut, index, this.isShuffled ? randomness!.order(this.size) : undefined); // prettier-ignore
  }
}

class RowPass implements Pass {
  private readonly tree: unknown;
  private readonly size: number;
  private readonly cut: Cut;
  private index: number;
  /** The order of the examples: int32 `[size]`; as they are without one. */
  private readonly order: tf.Tensor1D | undefined;

  constructor(tree: unknown, size: number, cut: Cut, index: number, order: tf.Tensor1D | undefined) {
    this.tree = tree;
    this.size = size;
    this.cut = cut;
    this.index = index;
    this.order = order && tf.keep(order);
  }

  next(): PassBatch | undefined {
    const { index, size } = this;
    const { batchSize, dropLast } = this.cut;
    const examples = Math.min(batchSize, size - index);
    if (examples <= 0 || (dropLast && examples < batchSize)) return undefined;
    const value = tf.tidy(() => this.take(index, examples) as tf.TensorContainer);
    this.index += examples;
    return { value, index, examples, isLast: isOver(size - this.index, this.cut) };
  }

  close(): void {
    this.order?.dispose();
  }

  private take(index: number, examples: number): unknown {
    const { order, tree } = this;
    const { batchSize } = this.cut;
    if (examples < batchSize) {
      // Filled up with examples of its own: numbers that a model knows, not zeros.
      const rows = tf.tensor1d(Int32Array.from({ length: batchSize }, (_, i) => index + (i % examples)));
      const places = order ? tf.gather(order, rows) : rows;
      return mapTensors(tree, (tensor) => tf.gather(tensor, places));
    }
    if (order) {
      const places = tf.slice(order, index, batchSize);
      return mapTensors(tree, (tensor) => tf.gather(tensor, places));
    }
    return mapTensors(tree, (tensor) => {
      const rest = tensor.shape.slice(1);
      return tf.slice(tensor, [index, ...rest.map(() => 0)], [batchSize, ...rest]);
    });
  }
}

/** Whether no batch can be made of so many examples. */
export function isOver(rest: number, { batchSize, dropLast }: Cut): boolean {
  return dropLast ? rest < batchSize : rest <= 0;
}
