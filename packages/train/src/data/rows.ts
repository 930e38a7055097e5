/** @file Passes over tensors: each batch is taken out of them on the backend. */
import { formatPath, InvalidArgumentError, type Path } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe } from "./collate.ts";
import { isPlainObject, setOwn } from "./tensors.ts";
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
      throw new InvalidArgumentError(
        `loader: ${where}the tensor is disposed of. A loader reads from it as long as it is used: dispose of it after the ` +
          `last batch.`,
      );
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
  const mapped: Record<string, unknown> = {};
  for (const name in names) if (Object.hasOwn(names, name)) setOwn(mapped, name, mapTensors(names[name], fn));
  return mapped;
}

/** One row of a tree of tensors, without its leading axis. */
export function rowAt(tree: unknown, index: number): unknown {
  return tf.tidy(() => {
    const row = mapTensors(tree, (tensor) => {
      if (tensor.isDisposed) leadingSize(tree);
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
    const value = examples < batchSize ? this.takeFilled(index, examples) : this.take(index);
    this.index += examples;
    return { value, index, examples, isLast: isOver(size - this.index, this.cut) };
  }

  close(): void {
    this.order?.dispose();
  }

  private take(index: number): unknown {
    const { order, tree, cut } = this;
    if (!order) return this.each((tensor) => sliceRows(tensor, index, cut.batchSize), tree);
    using places = sliceRows(order, index, cut.batchSize);
    return this.each((tensor) => gatherRows(tensor, places), tree);
  }

  /** Filled up with examples of its own: numbers that a model knows, not zeros. */
  private takeFilled(index: number, examples: number): unknown {
    const { order, tree, cut } = this;
    using rows = tf.tensor1d(Int32Array.from({ length: cut.batchSize }, (_, i) => index + (i % examples)));
    using places = order ? gatherRows(order, rows) : rows.clone();
    return this.each((tensor) => gatherRows(tensor, places), tree);
  }

  /** Makes a tensor of each; none is left behind where one fails. */
  private each(take: (tensor: tf.Tensor) => tf.Tensor, tree: unknown): unknown {
    const made: tf.Tensor[] = [];
    const taken = (tensor: tf.Tensor): tf.Tensor => {
      // Names the one that has been disposed of in the meantime.
      if (tensor.isDisposed) leadingSize(this.tree);
      const rows = take(tensor);
      made.push(rows);
      return rows;
    };
    try {
      return mapTensors(tree, taken);
    } catch (error) {
      tf.dispose(made);
      throw error;
    }
  }
}

/** `count` rows of a tensor from one on. The kernel itself: what `tf.slice` is called with, it would check once more. */
function sliceRows(x: tf.Tensor, first: number, count: number): tf.Tensor {
  const begin = Array<number>(x.rank).fill(0);
  const size = x.shape.slice();
  begin[0] = first;
  size[0] = count;
  return tf.engine().runKernel<tf.Tensor>(tf.Slice, { x }, { begin, size });
}

/** The rows of a tensor at some places: int32 `[count]`. */
function gatherRows(x: tf.Tensor, indices: tf.Tensor): tf.Tensor {
  return tf.engine().runKernel<tf.Tensor>(tf.GatherV2, { x, indices }, { axis: 0, batchDims: 0 });
}

/** Whether no batch can be made of so many examples. */
export function isOver(rest: number, { batchSize, dropLast }: Cut): boolean {
  return dropLast ? rest < batchSize : rest <= 0;
}
