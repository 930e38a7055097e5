/** @file The types of loops and branches; checked by the compiler, not run. */
import { cond, foriLoop, type Linear, type Module, type Rngs, scan, switchCase, whileLoop } from "@nnx-js/nn";
import type * as tf from "@tensorflow/tfjs-core";
import { expectTypeOf } from "vitest";

declare const sum: tf.Scalar;
declare const vector: tf.Tensor1D;
declare const matrix: tf.Tensor2D;
declare const tensor: tf.Tensor;
declare const layers: Linear;

// A slice has an axis less, what the turns give an axis more.
const [last, ys] = scan(
  (carry: tf.Scalar, x) => {
    expectTypeOf(x).toEqualTypeOf<tf.Tensor1D>();
    return [carry, x];
  },
  sum,
  matrix,
);
expectTypeOf(last).toEqualTypeOf<tf.Scalar>();
expectTypeOf(ys).toEqualTypeOf<tf.Tensor2D>();

// Trees keep their structure; Modules stay what they are.
const [carried, stacked] = scan(
  (carry: { c: tf.Tensor1D; h: tf.Tensor }, [x, layer]: [tf.Scalar, Linear]) => {
    expectTypeOf(layer).toEqualTypeOf<Linear>();
    return [carry, { x, list: [carry.c] }] as const;
  },
  { c: vector, h: tensor },
  [vector, layers] as [tf.Tensor1D, Linear],
);
expectTypeOf(carried).toEqualTypeOf<{ c: tf.Tensor1D; h: tf.Tensor }>();
expectTypeOf(stacked.x).toEqualTypeOf<tf.Tensor1D>();
expectTypeOf(stacked.list[0]).toEqualTypeOf<tf.Tensor2D>();

// What operations give has no rank; the carry keeps its own.
declare const add: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;
const [final, seen] = scan(
  (carry, x) => {
    const next = add(carry, x);
    return [next, next];
  },
  sum,
  vector,
);
expectTypeOf(final).toEqualTypeOf<tf.Scalar>();
expectTypeOf(seen).toEqualTypeOf<tf.Tensor>();
const [state] = scan(({ h, c }, x) => [{ h: add(h, x), c: add(c, h) }, null], { h: sum, c: sum }, vector);
expectTypeOf(state).toEqualTypeOf<{ h: tf.Scalar; c: tf.Scalar }>();
expectTypeOf(
  whileLoop(
    () => sum,
    ([i, x]) => [add(i, sum), add(x, x)],
    [sum, vector] as [tf.Scalar, tf.Tensor1D],
  ),
).toEqualTypeOf<[tf.Scalar, tf.Tensor1D]>();
expectTypeOf(foriLoop(0, 3, (i, x) => add(x, i), vector)).toEqualTypeOf<tf.Tensor1D>();
// @ts-expect-error: a carry of another structure
scan((carry: tf.Scalar, x: tf.Scalar) => [{ carry }, x], sum, vector);

// Sequences in a list that is written in place are a tuple, each with slices of its own rank.
scan(
  (carry, [row, x]) => {
    expectTypeOf(row).toEqualTypeOf<tf.Tensor1D>();
    expectTypeOf(x).toEqualTypeOf<tf.Scalar>();
    return [add(carry, x), row];
  },
  sum,
  [matrix, vector],
);
scan((carry, [row, x]: [tf.Tensor, tf.Tensor]) => [add(carry, x), row], sum, [matrix, vector]);

// Without sequences there is nothing to take.
const [only, none] = scan((carry: tf.Tensor1D) => [carry, null] as const, vector, null, { length: 3 });
expectTypeOf(only).toEqualTypeOf<tf.Tensor1D>();
expectTypeOf(none).toEqualTypeOf<null>();

expectTypeOf(
  foriLoop(0, 3, (i: tf.Scalar, carry: tf.Tensor1D) => (i.rank === 0 ? carry : carry), vector),
).toEqualTypeOf<tf.Tensor1D>();
expectTypeOf(
  whileLoop(
    () => sum,
    (carry: [tf.Scalar, Linear]) => carry,
    [sum, layers],
  ),
).toEqualTypeOf<[tf.Scalar, Linear]>();

// Branches take the operands, and give the same.
expectTypeOf(
  cond(
    sum,
    (x: tf.Tensor1D) => x,
    (x) => x,
    vector,
  ),
).toEqualTypeOf<tf.Tensor1D>();
expectTypeOf(
  switchCase(sum, [(x: tf.Tensor1D) => x, (x: tf.Tensor1D) => x], vector),
).toEqualTypeOf<tf.Tensor1D>();
cond(
  sum,
  (x: tf.Tensor1D) => x,
  (x) => x,
  // @ts-expect-error: a matrix is no vector
  matrix,
);
// @ts-expect-error: a function that returns no pair
scan((carry: tf.Scalar, _x: tf.Tensor1D) => carry, sum, matrix);
// @ts-expect-error: no such option
scan((carry: tf.Scalar, x: tf.Tensor1D) => [carry, x], sum, matrix, { lenght: 3 });

// `scan` of a class takes what the class takes, and gives what it has.
declare class Layer extends Module {
  readonly width: number;
  constructor(width: number, options: { rngs: Rngs });
  forward(x: tf.Tensor2D): tf.Tensor2D;
}
declare class Told extends Module {
  forward(x: tf.Tensor2D, scale: number): [tf.Tensor2D, tf.Scalar];
}
expectTypeOf(scan(Layer, { length: 3 })).toEqualTypeOf<typeof Layer>();
// @ts-expect-error: without a number of layers
scan(Layer, {});
const Stack = scan(Told, { length: 3, hasAux: true });
expectTypeOf<Parameters<InstanceType<typeof Stack>["forward"]>>().toEqualTypeOf<[x: tf.Tensor2D, scale: number]>(); // prettier-ignore
expectTypeOf(new Stack().forward(matrix, 2)).toEqualTypeOf<[carry: tf.Tensor2D, ys: tf.Tensor1D]>();
