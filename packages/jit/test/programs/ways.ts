/** @file Loops, branches and lanes by JavaScript alone: what the library's are compared with. */
import { cond, customVjp, foriLoop, scan, switchCase, vmap, whileLoop } from "@nnx-js/nn";
import { stopGradient } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";

/** How loops, branches and lanes run. */
export interface Ways {
  readonly scan: typeof scan;
  readonly cond: (pred: tf.Tensor, yes: () => tf.Tensor, no: () => tf.Tensor) => tf.Tensor;
  readonly switchCase: (index: tf.Tensor, branches: readonly (() => tf.Tensor)[]) => tf.Tensor;
  readonly foriLoop: (
    lower: number,
    upper: number,
    body: (i: tf.Tensor, x: tf.Tensor) => tf.Tensor,
    init: tf.Tensor,
  ) => tf.Tensor;
  readonly whileLoop: (
    condition: (carry: tf.Tensor[]) => tf.Tensor,
    body: (carry: tf.Tensor[]) => tf.Tensor[],
    init: tf.Tensor[],
  ) => tf.Tensor[];
  readonly vmap: (
    fn: (...xs: tf.Tensor[]) => tf.Tensor,
    options: { readonly inAxes: readonly (number | null)[]; readonly outAxes?: number },
  ) => (...xs: tf.Tensor[]) => tf.Tensor;
  readonly bent: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor;
  readonly stopGradient: (x: tf.Tensor) => tf.Tensor;
}

/**
 * Its rule is not its derivative, so that it shows which gradient takes the rule. It is linear in what comes in: what lanes
 * share is computed once, as in JAX, and takes its rule for the sum of all lanes' gradients, not for each of them.
 */
const bent = customVjp((x: tf.Tensor, y: tf.Tensor) => tf.mul(tf.tanh(x), y), {
  forward: (x, y) => [tf.mul(tf.tanh(x), y), [tf.tanh(x), y] as const],
  backward: ([t, y], g) => [tf.mul(tf.mul(g, tf.cos(y)), tf.sub(1, tf.square(t))), tf.mul(g, tf.cos(t))],
});

/** As the library does it. */
export const ours: Ways = { scan, cond, switchCase, foriLoop, whileLoop, vmap, bent, stopGradient };

/** `scan` by JavaScript alone; without turns it gives one empty tensor. */
const written = ((
  fn: (carry: unknown, x: unknown) => readonly [unknown, tf.Tensor | readonly tf.Tensor[] | null],
  init: unknown,
  xs: tf.Tensor | tf.Tensor[],
  { reverse = false } = {},
) => {
  const all = [xs].flat();
  const length = all[0]!.shape[0];
  const unstacked = all.map((x) => (length === 0 ? [] : tf.unstack(x)));
  let carry = init;
  const ys: tf.Tensor[][] = [];
  let isList = true;
  for (let turn = 0; turn < length; turn++) {
    const at = reverse ? length - 1 - turn : turn;
    const slices = unstacked.map((x) => x[at]!);
    const [next, y] = fn(carry, Array.isArray(xs) ? slices : slices[0]!);
    carry = next;
    isList = Array.isArray(y);
    ys[at] = y === null ? [] : Array.isArray(y) ? y : [y as tf.Tensor];
  }
  const stacked = (ys[0] ?? []).map((_, i) => tf.stack(ys.map((y) => y[i]!)));
  return [carry, isList ? stacked : stacked[0]];
}) as unknown as typeof scan;

const numberOf = (tensor: tf.Tensor) => tensor.dataSync()[0]!;

/** By JavaScript alone. */
export const plain: Ways = {
  scan: written,
  cond: (pred, yes, no) => (numberOf(pred) ? yes() : no()),
  switchCase: (index, branches) => branches[Math.min(Math.max(numberOf(index), 0), branches.length - 1)]!(),
  foriLoop(lower, upper, body, init) {
    let x = init;
    for (let i = lower; i < upper; i++) x = body(tf.scalar(i, "int32"), x);
    return x;
  },
  whileLoop(condition, body, init) {
    let carry = init;
    while (numberOf(condition(carry))) carry = body(carry);
    return carry;
  },
  vmap:
    (fn, { inAxes, outAxes = 0 }) =>
    (...xs) => {
      const lanes = xs.map((x, i) => {
        const axis = inAxes[i]!;
        return axis === null ? undefined : tf.unstack(x, axis < 0 ? axis + x.rank : axis);
      });
      const size = lanes.find((each) => each)!.length;
      const results = Array.from({ length: size }, (_, n) => fn(...xs.map((x, i) => lanes[i]?.[n] ?? x)));
      return tf.stack(results, outAxes < 0 ? outAxes + results[0]!.rank + 1 : outAxes);
    },
  bent,
  stopGradient,
};

/** The same with nothing that has no forward mode, and nothing that hides what goes forward through a loop. */
export const forwards = (ways: Ways): Ways => ({
  ...ways,
  bent: (x, y) => tf.mul(tf.tanh(x), y),
  stopGradient: (x) => x,
});
