/** @file Loops, branches and lanes that have derivatives of any order, as `scripts/reference/forward_loops.py` has them. */
import { cond, foriLoop, hessian, hvp, jacfwd, jacrev, jvp, linearize, remat, scan, switchCase, vmap, whileLoop } from "@nnx-js/nn"; // prettier-ignore
import { fromGolden, type GoldenArray } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import figures from "../../golden/forward-loops.json" with { type: "json" };
import { det } from "./models.ts";

/** A function of `[3]` and `[3, 3]` that gives `[3]`. */
export type Fn = (x: tf.Tensor, w: tf.Tensor) => tf.Tensor;

const xs = () => det([4, 3], 0.7, 0.4);
const times = (x: tf.Tensor, w: tf.Tensor): tf.Tensor => tf.reshape(tf.matMul(tf.reshape(x, [1, 3]), w), [3]);
const firstRow = (w: tf.Tensor) => tf.reshape(tf.slice(w, 0, 1), [3]);

export const recurrent =
  (reverse: boolean): Fn =>
  (x, w) => {
    const step = (h: tf.Tensor, x: tf.Tensor) => {
      const next = tf.tanh(tf.add(times(h, w), x));
      return [next, tf.mul(next, x)] as const;
    };
    const [last, ys] = scan(step, x, xs(), { reverse });
    return tf.add(last, tf.sum(ys, 0));
  };

const grown: Fn = (x, w) => {
  const [turns, y] = whileLoop(
    ([, y]: [tf.Tensor, tf.Tensor]) => tf.less(tf.sum(tf.abs(y)), 20),
    ([i, y]) => [tf.add(i, tf.scalar(1, "int32")), tf.add(tf.add(tf.tanh(times(y, w)), tf.mul(y, 1.5)), 0.1)],
    [tf.scalar(0, "int32"), x],
  );
  return tf.mul(y, tf.cast(turns, "float32"));
};

/** The functions, by their names in the figures. */
const FUNCTIONS: Record<string, Fn> = {
  recurrent: recurrent(false),
  reversed: recurrent(true),
  grown,
  while_in_scan: (x, w) => {
    const step = (h: tf.Tensor, s: tf.Tensor) => {
      const large = whileLoop(
        (v: tf.Tensor) => tf.less(tf.max(tf.abs(v)), 1),
        (v) => tf.add(tf.mul(v, 1.3), tf.mul(firstRow(w), 0.1)),
        tf.mul(h, 0.5),
      );
      return [tf.add(tf.mul(large, 0.7), s), large] as const;
    };
    const [last, ys] = scan(step, x, xs());
    return tf.add(last, tf.mean(ys, 0));
  },
  branches_in_scan: (x, w) => {
    const step = (h: tf.Tensor, s: tf.Tensor) => {
      const next = cond(
        tf.greater(tf.sum(h), tf.sum(s)),
        (h: tf.Tensor): tf.Tensor => tf.tanh(times(h, w)),
        (h) => tf.sub(tf.mul(h, h), s),
        h,
      );
      return [next, null] as const;
    };
    return scan(step, x, xs())[0];
  },
  scan_in_branch: (x, w) =>
    cond(
      tf.greater(tf.sum(x), 0),
      (x: tf.Tensor) => recurrent(false)(x, w),
      (x) => tf.mul(x, 2),
      x,
    ),
  while_in_branch: (x, w) =>
    cond(
      tf.greater(tf.sum(x), 0),
      (x: tf.Tensor) => grown(x, w),
      (x) => tf.mul(x, 2),
      x,
    ),
  counted: (x, w) =>
    foriLoop(
      tf.scalar(1, "int32"),
      tf.add(tf.argMax(firstRow(w)), tf.scalar(3, "int32")),
      (i, y: tf.Tensor): tf.Tensor => tf.add(tf.sin(times(y, w)), tf.div(y, tf.cast(i, "float32"))),
      x,
    ),
  powers: (x, w) =>
    foriLoop(
      0,
      4,
      (i, y: tf.Tensor): tf.Tensor => {
        const factor = tf.add(1, tf.mul(0.2, tf.cast(i, "float32")));
        return tf.add(tf.mul(tf.tanh(times(y, w)), factor), tf.mul(y, 0.5));
      },
      x,
    ),
  nested: (x, w) => {
    const inner = (c: tf.Tensor, s: tf.Tensor) => [tf.sin(tf.add(times(c, w), s)), tf.sum(c)] as const;
    const step = (h: tf.Tensor, s: tf.Tensor) => {
      const [last, sums] = scan(inner, tf.add(h, s), tf.stack([s, tf.mul(s, 0.5)]));
      return [last, sums] as [tf.Tensor, tf.Tensor];
    };
    const [h, first] = scan(step, x, xs(), { unroll: 2 });
    const [last, second] = scan(remat(step), h, xs(), { reverse: true });
    return tf.add(last, tf.add(tf.sum(first), tf.mean(tf.slice(second, [0, 1]))));
  },
  lanes: (x, w) => {
    const ofLane = (start: tf.Tensor, s: tf.Tensor) => {
      const turn = (h: tf.Tensor, row: tf.Tensor) => {
        const next = cond(
          tf.greater(tf.sum(h), tf.sum(row)),
          (h: tf.Tensor): tf.Tensor => tf.add(tf.tanh(times(h, w)), row),
          (h) => tf.sub(tf.mul(h, h), tf.mul(row, s)),
          h,
        );
        return [next, h] as const;
      };
      return scan(turn, start, xs()) as [tf.Tensor, tf.Tensor];
    };
    const starts = tf.outerProduct(tf.tensor1d([1, -0.5, 0.3]), x as tf.Tensor1D);
    const [last, ys] = vmap(ofLane)(starts, x);
    const step = (c: tf.Tensor, s: tf.Tensor) =>
      [vmap((row: tf.Tensor) => tf.tanh(tf.add(times(row, w), s)))(c), null] as const;
    const [rows] = scan(step, last, xs());
    return tf.add(tf.sum(rows, 0), tf.mean(ys, [0, 1]));
  },
  switched: (x, w) => {
    const turn = ([h, n]: [tf.Tensor, tf.Tensor], s: tf.Tensor): [[tf.Tensor, tf.Tensor], tf.Tensor] => {
      const branches = [
        (h: tf.Tensor): tf.Tensor => tf.sin(times(h, w)),
        (h: tf.Tensor) => tf.mul(h, s),
        (h: tf.Tensor) => tf.mul(tf.cumsum(h), 0.5),
      ];
      const next = switchCase(tf.mod(n, tf.scalar(3, "int32")), branches, h);
      return [[tf.add(next, tf.mul(x, 0.1)), tf.add(n, tf.scalar(1, "int32"))], next];
    };
    const [[h, n], ys] = scan(turn, [x, tf.scalar(1, "int32")], xs());
    return tf.add(tf.mul(h, tf.cast(n, "float32")), tf.reshape(tf.slice(ys, 2, 1), [3]));
  },
};

/** What both are differentiated at, and a direction of both. */
const given = () => [det([3], 0.8, 0.2), det([3, 3], 0.6, 0.9)] as [tf.Tensor, tf.Tensor];
export const directions = () => [det([3], 1, 2), det([3, 3], 1, 3)] as [tf.Tensor, tf.Tensor];

export type Row = (typeof figures.cases)[number];
export const LOOPS: readonly Row[] = figures.cases;

/** Derivatives of a function, and their figures in a row; none where no gradient passes. */
interface Derivative {
  readonly of: (f: Fn) => (x: tf.Tensor, w: tf.Tensor) => readonly unknown[];
  readonly figures: (row: Row) => readonly unknown[] | undefined;
}

export const DERIVATIVES: Readonly<Record<string, Derivative>> = {
  "in a direction": {
    of: (f) => (x, w) => jvp(f, [x, w], directions()),
    figures: ({ out, tangent }) => [out, tangent],
  },
  "in a direction that is not known yet": {
    of: (f) => (x, w) => {
      const [y, linear] = linearize(f, [x, w]);
      return [y, linear(...directions())];
    },
    figures: ({ out, tangent }) => [out, tangent],
  },
  "in all directions, and in lanes": {
    of: (f) => (x, w) => {
      const lanes = vmap((dx: tf.Tensor) => jvp(f, [x, w], [dx, undefined])[1]);
      return [jacfwd(f)(x, w), tf.transpose(lanes(tf.eye(3) as tf.Tensor))];
    },
    figures: ({ jacobian }) => [jacobian, jacobian],
  },
  "in all directions twice": {
    of: (f) => (x, w) => [jacfwd(jacfwd(f))(x, w)],
    figures: ({ second }) => [second],
  },
  "of each result": {
    of: (f) => (x, w) => jacrev(f, { argnums: [0, 1] })(x, w),
    figures: ({ jacrev }) => jacrev,
  },
  "of a gradient": {
    of: (f) => (x, w) => hvp((x: tf.Tensor, w: tf.Tensor) => tf.sum(f(x, w)), [x, w], directions()),
    figures: ({ hvp }) => hvp,
  },
  "of all of a gradient": {
    of: (f) => (x, w) =>
      hessian((x: tf.Tensor, w: tf.Tensor) => tf.sum(tf.square(f(x, w))), { argnums: [0, 1] })(x, w).flat(),
    figures: ({ hessian }) => hessian?.flat(),
  },
};

/** Checks derivatives of a row; `wrap` is around the function that takes them. */
export async function expectDerivative(
  { of, figures }: Derivative,
  row: Row,
  wrap: (fn: (x: tf.Tensor, w: tf.Tensor) => readonly unknown[]) => typeof fn = (fn) => fn,
): Promise<void> {
  const [found, expected] = [wrap(of(FUNCTIONS[row.name]!))(...given()), figures(row)!];
  expect(found.length).toBe(expected.length);
  for (const [i, figure] of expected.entries()) {
    await expect(found[i] as tf.Tensor, String(i)).toBeAllClose(fromGolden(figure as GoldenArray), {
      scaled: true,
    });
  }
}
