/** @file Functions that make a NaN within loops, branches and lanes, and where it is. */
import { cond, foriLoop, grad, scan, vmap, whileLoop } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";

/** What is found for an input. */
interface Found {
  readonly kernelName: string;
  readonly turns: readonly number[];
  readonly lanes: readonly number[];
}

/** A function, an input for which there is no NaN, and others with what they make. */
export interface NaNCase {
  readonly f: (x: tf.Tensor) => tf.Tensor;
  readonly fine: number[];
  readonly found: readonly (readonly [number[], Found])[];
}

const at = (kernelName: string, turns: number[] = [], lanes: number[] = []): Found => ({
  kernelName,
  turns,
  lanes,
});
const rootOrDouble = (x: tf.Tensor) =>
  cond(
    tf.greaterEqual(x, 0),
    (x: tf.Tensor): tf.Tensor => tf.sqrt(x),
    (x: tf.Tensor) => tf.mul(x, 2),
    x,
  );
const logs = (c: tf.Tensor, x: tf.Tensor) => [tf.add(c, tf.log(x)), null] as const;
const sumOfLogs = (x: tf.Tensor, options = {}): tf.Tensor =>
  scan(logs, tf.scalar(0) as tf.Tensor, x, options)[0];
const rows = (x: tf.Tensor) => tf.reshape(x, [2, -1]);

export const CASES: Record<string, NaNCase> = {
  loop: {
    f: (x) => sumOfLogs(x),
    fine: [1, 2, 0],
    found: [
      [[1, 2, -1, -3], at("Log", [2])],
      [[-1, 2], at("Log", [0])],
    ],
  },
  reversed: {
    f: (x) => sumOfLogs(x, { reverse: true }),
    fine: [1, 2],
    found: [[[1, -1, 2, 3], at("Log", [2])]],
  },
  unrolled: {
    f: (x) => sumOfLogs(x, { unroll: 2 }),
    fine: [1, 2],
    found: [
      [[1, 2, 2, -1], at("Log", [3])],
      [[1, 2, -1, 2, 3], at("Log", [2])],
    ],
  },
  "written out": {
    f: (x) => sumOfLogs(x, { unroll: true, reverse: true }),
    fine: [1, 2],
    found: [[[1, -1, 2, 3], at("Log", [2])]],
  },
  results: {
    f: (x) => scan((c: tf.Tensor, x: tf.Tensor) => [c, tf.sqrt(tf.sub(x, c))] as const, tf.scalar(1), x)[1],
    fine: [1, 2],
    found: [[[1, 2, 0.5], at("Sqrt", [2])]],
  },
  after: { f: (x) => tf.sqrt(sumOfLogs(x)), fine: [1, 2], found: [[[0.5, 0.5], at("Sqrt")]] },
  carried: {
    f: (x) => foriLoop(0, 5, (_, y: tf.Tensor) => tf.log(y), x),
    fine: [1e30],
    found: [[[3], at("Log", [3])]],
  },
  nested: {
    f: (x) => {
      const row = (c: tf.Tensor, xs: tf.Tensor) => [tf.add(c, sumOfLogs(xs)), null] as const;
      return scan(row, tf.scalar(0) as tf.Tensor, rows(x))[0];
    },
    fine: [1, 2, 3, 4],
    found: [
      [[1, 2, 3, 4, -1, 5], at("Log", [1, 1])],
      [[1, 2, -3, 4, -1, 5], at("Log", [0, 2])],
    ],
  },
  condition: {
    f: (x) =>
      whileLoop(
        (y: tf.Tensor) => tf.less(tf.sum(tf.sqrt(y)), 3),
        (y) => tf.add(y, 1),
        x,
      ),
    fine: [1, 1],
    found: [[[-1], at("Sqrt", [0])]],
  },
  while: {
    f: (x) =>
      whileLoop(
        (y: tf.Tensor) => tf.greater(tf.sum(y), -3),
        (y) => tf.sub(y, tf.add(tf.mul(tf.sqrt(y), 0), 1)),
        x,
      ),
    fine: [-9],
    found: [[[1.5], at("Sqrt", [2])]],
  },
  whileEnd: {
    f: (x) =>
      whileLoop(
        (y: tf.Tensor) => tf.greater(tf.sum(tf.log(y)), 0),
        (y) => tf.sub(y, 2),
        x,
      ),
    fine: [3],
    found: [[[3.5, 4], at("Log", [2])]],
  },
  branch: {
    f: (x) => rootOrDouble(tf.sum(x)),
    fine: [-4],
    found: [[[NaN, 1], { kernelName: "", turns: [], lanes: [] }]],
  },
  branchInLoop: {
    f: (x) => scan((c: tf.Tensor, x: tf.Tensor) => [tf.log(tf.add(c, rootOrDouble(x))), x] as const, tf.scalar(3) as tf.Tensor, x)[0], // prettier-ignore
    fine: [4, -0.25],
    found: [[[4, -3], at("Log", [1])]],
  },
  lanes: {
    f: (x) => vmap((x: tf.Tensor) => tf.mul(tf.sqrt(x), 2))(x),
    fine: [1, 2],
    found: [[[4, 2, -1, -3], at("Sqrt", [], [2])]],
  },
  branchInLanes: {
    f: (x) => vmap(rootOrDouble)(x),
    fine: [4, -4, 9, -2],
    found: [],
  },
  branchOfLanes: {
    f: (x) =>
      vmap((x: tf.Tensor) =>
        cond(
          tf.greaterEqual(x, 0),
          (x: tf.Tensor): tf.Tensor => tf.sqrt(tf.sub(x, 1)),
          (x) => tf.log(x),
          x,
        ),
      )(x),
    fine: [1, 2, 5],
    found: [
      [[4, 0.5, -1], at("Sqrt", [], [1])],
      [[4, -1, 2], at("Log", [], [1])],
    ],
  },
  loopOfLanes: {
    f: (x) => vmap((x: tf.Tensor) => sumOfLogs(x))(rows(x)),
    fine: [1, 2, 3, 4],
    found: [[[1, 2, 3, 4, 5, -1], at("Log", [2], [1])]],
  },
  lanesInLoop: {
    f: (x) => {
      const row = (c: tf.Tensor, xs: tf.Tensor) =>
        [tf.add(c, tf.sum(vmap(rootOrDouble)(tf.sub(xs, c)))), null] as const;
      return scan(row, tf.scalar(0) as tf.Tensor, tf.log(rows(x)))[0];
    },
    fine: [1, 2, 3, 4],
    found: [[[1, -2], at("Log")]],
  },
  lanesOfLoop: {
    f: (x) =>
      scan(
        (c: tf.Tensor, xs: tf.Tensor) => [c, vmap((x: tf.Tensor) => tf.log(x))(xs)] as const,
        x,
        rows(x),
      )[1],
    fine: [1, 2, 3, 4],
    found: [[[1, 2, 3, 4, -5, 6], at("Log", [1], [1])]],
  },
  lanesOfLanes: {
    f: (x) => vmap((xs: tf.Tensor) => vmap((x: tf.Tensor) => tf.log(x))(xs))(rows(x)),
    fine: [1, 2, 3, 4],
    found: [[[1, 2, 3, 4, -5, 6], at("Log", [], [1, 1])]],
  },
  whileOfLanes: {
    f: (x) =>
      vmap((x: tf.Tensor) =>
        whileLoop(
          (y: tf.Tensor) => tf.greater(y, 0),
          (y) => tf.sub(y, tf.sqrt(tf.sub(y, 1))),
          x,
        ),
      )(x),
    fine: [-4, -2],
    found: [[[-4, 5, -3], at("Sqrt", [3], [1])]],
  },
  gradients: {
    f: (x) => vmap(grad((x: tf.Tensor) => tf.sqrt(tf.sum(tf.square(x)))))(rows(x)),
    fine: [1, 2, 3, 4],
    found: [[[1, 2, 0, 0], at("Multiply", [], [1])]],
  },
  gradientOfLoop: {
    f: (x) =>
      grad((x: tf.Tensor) =>
        tf.sum(scan((c: tf.Tensor, x: tf.Tensor) => [c, tf.mul(tf.sqrt(x), 0)] as const, tf.scalar(0), x)[1]),
      )(x),
    fine: [1, 4],
    found: [[[1, 0, 4], at("Multiply", [1])]],
  },
};
