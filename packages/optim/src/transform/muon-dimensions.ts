/** @file Which dimensions of a parameter are the rows and columns of a matrix. */
import { formatPath, GraphStructureError, InvalidArgumentError, type Path } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { Tree, TreeOf } from "../tree.ts";

/**
 * The dimensions of a parameter that a matrix takes in (its rows) and gives out (its columns); the others are a batch
 * of matrices. Negative ones count from the end.
 *
 * @see optax.contrib.MuonDimensionNumbers
 */
export interface MuonDimensionNumbers {
  /** Default 0. */
  readonly reductionAxis?: number | readonly number[];
  /** Default 1. */
  readonly outputAxis?: number | readonly number[];
}

/** Dimension numbers shaped as the parameters, where one may stand for a subtree; `null` for what is no matrix. */
export type MuonDimensionTree = TreeOf<MuonDimensionNumbers | null>;

/** A tree of dimension numbers, or a function from the parameters to one. */
export type MuonDimensions = MuonDimensionTree | ((params: Tree) => MuonDimensionTree);

/** The dimensions of a tensor as a batch of matrices. */
export interface MatrixAxes {
  readonly batch: readonly number[];
  readonly rows: readonly number[];
  readonly columns: readonly number[];
}

/** The dimension numbers of the parameter at `path`; `null` if it is none of the matrices. */
export function dimensionsAt(tree: MuonDimensionTree, path: Path): MuonDimensionNumbers | null {
  let node: unknown = tree;
  for (const key of path) {
    if (node === null || isDimensionNumbers(node) || typeof node !== "object") break;
    node = Object.hasOwn(node, key) ? (node as Record<string | number, unknown>)[key] : undefined;
  }
  if (node === null || isDimensionNumbers(node)) return node;
  throw new GraphStructureError(
    `muon: expected dimension numbers or null for ${formatPath(path)}, got ${node === undefined ? "nothing" : typeof node}. ` +
      `For instance { reductionAxis: 0, outputAxis: 1 }, for a matrix that is multiplied from the left.`,
  );
}

/** Whether a node of a tree is one, and not a tree of them. */
function isDimensionNumbers(node: unknown): node is MuonDimensionNumbers {
  if (typeof node !== "object" || node === null || Array.isArray(node)) return false;
  const entries = Object.entries(node);
  const names = ["reductionAxis", "outputAxis"];
  return (
    entries.length > 0 &&
    entries.every(
      ([name, value]) =>
        names.includes(name) &&
        (typeof value === "number" ||
          (Array.isArray(value) && value.every((axis) => typeof axis === "number"))),
    )
  );
}

/** @throws InvalidArgumentError for what is no batch of matrices */
export function matrixAxes(
  x: tf.Tensor,
  { reductionAxis = 0, outputAxis = 1 }: MuonDimensionNumbers,
): MatrixAxes {
  const axesOf = (axes: number | readonly number[]) =>
    [axes].flat().map((axis) => ((axis % x.rank) + x.rank) % x.rank);
  const [rows, columns] = [axesOf(reductionAxis), axesOf(outputAxis)];
  if (x.rank < 2 || rows.some((axis) => columns.includes(axis))) {
    throw new InvalidArgumentError(
      `muon: expected parameters of two dimensions or more, with other dimensions for rows than for columns, got ` +
        `[${x.shape.join(", ")}] with rows ${rows.join(", ")} and columns ${columns.join(", ")}.`,
    );
  }
  const batch = x.shape.map((_, i) => i).filter((axis) => !rows.includes(axis) && !columns.includes(axis));
  return { batch, rows, columns };
}

/** The product of some dimensions. */
export function sizeOf(x: tf.Tensor, axes: readonly number[]): number {
  return axes.reduce((size, axis) => size * x.shape[axis]!, 1);
}

/** What `fn` does to a tensor as matrices `[batch, rows, columns]`, in its own shape again. */
export function asMatrices(x: tf.Tensor, axes: MatrixAxes, fn: (x: tf.Tensor3D) => tf.Tensor3D): tf.Tensor {
  const order = [...axes.batch, ...axes.rows, ...axes.columns];
  const shape = [axes.batch, axes.rows, axes.columns].map((part) => sizeOf(x, part));
  // Three sizes give three dimensions.
  const matrices = fn(tf.reshape(tf.transpose(x, order), shape as [number, number, number]));
  const back = order.map((_, i) => order.indexOf(i));
  return tf.transpose(
    tf.reshape(
      matrices,
      order.map((axis) => x.shape[axis]!),
    ),
    back,
  );
}
