/** @file Sums over the turns of a loop that are better taken of stacks, at once, when it is over: gradients of weights. */
import * as tf from "@tensorflow/tfjs-core";
import type { KernelNode, Value } from "../graph.ts";

/** Gives what a value was in some of the turns: one slice for each of them, along the first axis. */
type StackOf = (value: Value) => tf.Tensor;

/** A value of a turn whose sum over turns is found from what others were. */
export interface LaterSum {
  readonly value: Value;
  readonly leaves: ReadonlySet<Value>;
  readonly sum: (stackOf: StackOf) => tf.Tensor;
}

/**
 * How to take the sum of `value` over turns: one product of all rows that turns multiply, one sum of all that they add up.
 * Undefined where neither is what makes it.
 *
 * @param isVarying whether a value differs from turn to turn
 */
export function laterSum(
  value: Value,
  makerOf: (value: Value) => KernelNode | undefined,
  isVarying: (value: Value) => boolean,
): LaterSum | undefined {
  const node = makerOf(value);
  if (!node) return undefined;
  const { inputs } = node;
  switch (node.kernelName) {
    case tf.BatchMatMul: {
      const [a, b] = [inputs["a"]!, inputs["b"]!];
      const { transposeA, transposeB } = node.attrs;
      const isSingle = [a, b].every(({ shape }) => shape.slice(0, -2).every((size) => size === 1));
      if (!transposeA || transposeB || !isSingle || ![a, b].every(isVarying)) return undefined;
      return {
        value,
        leaves: new Set([a, b]),
        sum: (stackOf) => shaped(tf.matMul(rows(stackOf(a)), rows(stackOf(b)), true, false), value),
      };
    }
    case tf.Sum: {
      const x = inputs["x"]!;
      if (!isVarying(x) || x.dtype !== "float32") return undefined;
      const axes = [node.attrs["axis"] as number | number[]].flat();
      const summed = [0, ...axes.map((axis) => (axis < 0 ? axis + x.shape.length : axis) + 1)];
      return { value, leaves: new Set([x]), sum: (stackOf) => shaped(tf.sum(stackOf(x), summed), value) };
    }
    case tf.Reshape: {
      const inner = laterSum(inputs["x"]!, makerOf, isVarying);
      return inner && { ...inner, value, sum: (stackOf) => shaped(inner.sum(stackOf), value) };
    }
    case tf.Transpose: {
      const inner = laterSum(inputs["x"]!, makerOf, isVarying);
      const perm = node.attrs["perm"] as number[];
      return inner && { ...inner, value, sum: (stackOf) => tf.transpose(inner.sum(stackOf), perm) };
    }
    case tf.Add:
    case tf.AddN: {
      const terms = Object.values(inputs).map((term) => laterSum(term, makerOf, isVarying));
      const all = terms.flatMap((term) => term ?? []);
      // What is broadcast is another sum.
      if (all.length < terms.length || !all.every((term) => isLike(term.value, value))) return undefined;
      const leaves = new Set(all.flatMap((term) => [...term.leaves]));
      return { value, leaves, sum: (stackOf) => tf.addN(all.map((term) => term.sum(stackOf))) };
    }
    default:
      return undefined;
  }
}

/** All rows of a stack of matrices, as one matrix. */
function rows(stack: tf.Tensor): tf.Tensor {
  return tf.reshape(stack, [-1, stack.shape.at(-1)!]);
}

function isLike(a: Value, b: Value): boolean {
  return a.shape.join() === b.shape.join();
}

function shaped(tensor: tf.Tensor, { shape }: Value): tf.Tensor {
  return tf.reshape(tensor, [...shape]);
}

/** How many times as much as the sums themselves may be stacked for them in each turn. */
const WORTH_STACKING = 4;

/**
 * Those of `sums` that are taken later: where what has to be stacked for them is not much more than what each turn would
 * add to.
 *
 * @param isStacked whether a value is stacked anyway
 */
export function worthStacking(
  sums: readonly LaterSum[],
  isStacked: (value: Value) => boolean,
): Set<LaterSum> {
  let groups: { sums: LaterSum[]; leaves: Set<Value> }[] = [];
  for (const sum of sums) {
    const leaves = new Set([...sum.leaves].filter((leaf) => !isStacked(leaf)));
    const joined = groups.filter((group) => [...leaves].some((leaf) => group.leaves.has(leaf)));
    groups = groups.filter((group) => !joined.includes(group));
    groups.push({
      sums: [...joined.flatMap((group) => group.sums), sum],
      leaves: new Set([...joined.flatMap((group) => [...group.leaves]), ...leaves]),
    });
  }
  const worth = groups.filter(
    (group) => size(group.leaves) <= WORTH_STACKING * size(group.sums.map(({ value }) => value)),
  );
  return new Set(worth.flatMap((group) => group.sums));
}

function size(values: Iterable<Value>): number {
  return [...values].reduce((total, { shape }) => total + tf.util.sizeFromShape([...shape]), 0);
}
