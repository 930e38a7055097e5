/** @file What random turns are made of: operations on matrices of one size, on integers, masks, and control flow within. */
import { convGeneralDilated, stopGradient } from "@nnx-js/tensor";
import { remat } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { discrete, functions, rarer } from "./turn-functions.ts";
import { APART, axisOf, COLUMNS, distinct, image, matrix, type Operation, ROWS } from "./turn-operation.ts";

/** Integers from 0 to `below - 1`, which change slowly with what they are made of. */
const integers = (x: tf.Tensor, below: number) =>
  tf.cast(tf.floor(tf.mul(tf.sigmoid(stopGradient(tf.add(x, APART))), below - 0.01)), "int32");

const positive = (x: tf.Tensor) => tf.greater(tf.sum(x), APART);

const elementwise: Operation[] = [
  (a) => tf.tanh(a),
  (a) => tf.sigmoid(a),
  (a) => tf.sin(a),
  (a) => tf.exp(tf.neg(tf.square(a))),
  (a) => tf.log1p(tf.square(a)),
  (a) => tf.sqrt(tf.add(tf.square(a), 0.5)),
  (a) => tf.leakyRelu(tf.add(a, APART), 0.2),
  (a, b) => tf.add(a, b),
  (a, b) => tf.mul(a, b),
  (a, b) => tf.sub(a, tf.mul(b, 0.5)),
  (a, b) => tf.div(a, tf.add(tf.square(b), 1)),
  (a, b) => tf.maximum(a, tf.add(tf.mul(b, 0.9), APART)),
  (a, b) => tf.where(tf.greater(matrix(a), tf.add(matrix(b), APART)), matrix(a), tf.mul(matrix(b), 0.5)),
  (a, b, { mask }) => tf.where(mask, matrix(a), tf.tanh(matrix(b))),
  (a, _, { mask }) => tf.mul(a, tf.cast(tf.logicalNot(mask), "float32")),
  (a, _, { count }) => tf.mul(a, tf.add(tf.mul(tf.cast(count, "float32"), 0.1), 0.5)),
  (a, _, { count }) =>
    tf.add(a, tf.mul(tf.cast(tf.mod(tf.mul(count, tf.scalar(3, "int32")), tf.scalar(5, "int32")), "float32"), 0.1)),
]; // prettier-ignore

const layout: Operation[] = [
  (a, _, { pick }) => tf.reverse(matrix(a), axisOf(pick)),
  (a) => tf.transpose(tf.reshape(matrix(a), [COLUMNS, ROWS])),
  (a, b) => tf.concat([tf.slice(matrix(a), [0, 0], [1, COLUMNS]), tf.slice(matrix(b), [1, 0], [2, COLUMNS])], 0), // prettier-ignore
  (a, b) => tf.concat([tf.slice(matrix(a), [0, 1], [ROWS, 3]), tf.slice(matrix(b), [0, 0], [ROWS, 1])], -1),
  (a) => tf.slice(tf.pad(matrix(a), [[1, 0], [0, 2]], 0.25), [0, 2], [ROWS, COLUMNS]), // prettier-ignore
  (a) => tf.tile(tf.slice(matrix(a), [0, 1], [ROWS, 2]), [1, 2]),
  (a, b) => tf.unstack(tf.stack([matrix(a), matrix(b)], -1), 2)[1]!,
  (a) => tf.stridedSlice(tf.concat([matrix(a), matrix(a)], 1), [2, 7], [-4, -9], [-1, -2]),
  (a, _, { pick }) => tf.expandDims(tf.unstack(matrix(a), 1)[pick % COLUMNS]!, 1),
];

const lines: Operation[] = [
  (a, _, { pick }) => tf.mean(matrix(a), axisOf(pick), true),
  (a, _, { pick }) => tf.sum(matrix(a), axisOf(pick), true),
  (a, _, { pick }) => tf.max(distinct(a), axisOf(pick), true),
  (a) => tf.sum(a),
  (a) => tf.mean(matrix(a), [-1, 0]),
  (a) => tf.softmax(matrix(a)),
  (a) => tf.logSoftmax(matrix(a)),
  (a, _, { pick }) => tf.expandDims(tf.logSumExp(matrix(a), axisOf(pick)), axisOf(pick)),
  (a, _, { pick }) => tf.cumsum(matrix(a), axisOf(pick), pick % 3 === 0, pick % 5 === 0),
  (a) => tf.slice(tf.topk(distinct(a), 3).values, [0, 0], [ROWS, 1]),
  (a, b) => {
    const { mean, variance } = tf.moments(matrix(a), -1, true);
    return tf.add(tf.div(tf.sub(a, mean), tf.sqrt(tf.add(variance, 0.1))), tf.mul(b, 0.1));
  },
  (a, _, { pick }) => tf.expandDims(tf.mul(tf.cast(tf.argMax(distinct(a), axisOf(pick)), "float32"), 0.1), axisOf(pick)), // prettier-ignore
];

const products: Operation[] = [
  (a, _, { weight }) => tf.matMul(matrix(a), weight),
  (a, _, { weight }) => tf.tanh(tf.matMul(matrix(a), tf.softmax(weight), false, true)),
  (a, b) => tf.matMul(tf.softmax(tf.matMul(matrix(a), matrix(b), false, true)), matrix(b)),
  (a, b) => tf.mul(tf.einsum("ij,kj->ik", matrix(a), tf.slice(matrix(b), 0, 1)), 0.5),
  (a, _, { filter }) => tf.mean(tf.conv2d(image(a), filter as tf.Tensor4D, 1, "same"), [0, -1]),
  (a, _, { filter }) => tf.squeeze(tf.depthwiseConv2d(image(a), tf.slice(filter as tf.Tensor4D, [0, 0, 0, 0], [2, 2, 1, 1]), 1, "same"), [0, 3]), // prettier-ignore
  (a, _, { weight }) => tf.reshape(convGeneralDilated(tf.reshape(matrix(a), [1, ROWS, COLUMNS]), tf.reshape(tf.slice(weight, 0, 2), [1, COLUMNS / 2, COLUMNS]), { featureGroupCount: 2 }), [ROWS, COLUMNS]), // prettier-ignore
  (a) => tf.squeeze(tf.maxPool(image(distinct(a)), [2, 2], 1, "same"), [0, 3]), // prettier-ignore
  (a) => tf.squeeze(tf.avgPool(image(a), [2, 3], 1, "same"), [0, 3]),
];

const indexing: Operation[] = [
  (a, b) => tf.gather(matrix(a), integers(tf.reshape(tf.slice(matrix(b), [0, 1], [ROWS, 1]), [ROWS]), ROWS)),
  (a, b) => tf.gather(matrix(a), integers(tf.reshape(tf.slice(matrix(b), [1, 0], [1, COLUMNS]), [COLUMNS]), COLUMNS), -1), // prettier-ignore
  (a, _, { count }) => tf.gather(matrix(a), tf.mod(count, tf.scalar(ROWS, "int32"))),
  (a, b) => tf.gatherND(matrix(a), tf.stack([integers(matrix(b), ROWS), integers(matrix(a), COLUMNS)], -1)),
  (a, b) => tf.unsortedSegmentSum(matrix(a), integers(tf.mean(matrix(b), 1), ROWS) as tf.Tensor1D, ROWS),
  (a, b) => tf.mul(a, tf.oneHot(integers(tf.mean(matrix(b), 1), COLUMNS), COLUMNS)),
  (a, b) => tf.scatterND(tf.expandDims(integers(tf.mean(matrix(b), 1), ROWS), 1), matrix(a), [ROWS, COLUMNS]),
];

const draws: Operation[] = [
  (a, _, { rngs }) => tf.add(a, rngs.uniform([ROWS, COLUMNS])),
  (a, _, { rngs }) => tf.mul(a, rngs.normal([COLUMNS])),
  (a, _, { rngs }) => tf.where(rngs.bernoulli(0.6, [ROWS, COLUMNS]), tf.div(matrix(a), 0.6), tf.zeros([ROWS, COLUMNS])), // prettier-ignore
];

const rules: Operation[] = [
  (a, b, { ways }) => tf.mul(a, ways.stopGradient(tf.tanh(b))),
  (a, b) => remat((x: tf.Tensor, y: tf.Tensor) => tf.sin(tf.mul(x, tf.tanh(y))))(a, b),
  (a, b, { ways }) => ways.bent(matrix(a), matrix(b)),
  (a, b, { ways }) =>
    remat((x: tf.Tensor, y: tf.Tensor) => tf.add(tf.mul(ways.bent(x, y), 0.5), tf.sin(y)))(
      matrix(a),
      matrix(b),
    ),
  (a, b, { ways, weight }) =>
    ways.scan(
      remat((carry: tf.Tensor, row: tf.Tensor): [tf.Tensor, tf.Tensor] => {
        const next = tf.tanh(tf.add(tf.dot(carry, weight), ways.bent(row, carry)));
        return [next, tf.mul(next, row)];
      }),
      tf.mean(matrix(b), 0),
      matrix(a),
    )[1],
  (a, b, { ways, weight }) =>
    remat(
      (x: tf.Tensor, y: tf.Tensor) =>
        ways.scan(
          (carry: tf.Tensor, row: tf.Tensor) => [tf.sin(tf.add(carry, row)), tf.dot(carry, weight)] as const,
          tf.mean(y, 0),
          x,
        )[1],
    )(matrix(a), matrix(b)),
];

const control: Operation[] = [
  (a, b, { ways }) =>
    ways.cond(
      tf.greater(tf.sum(a), tf.add(tf.sum(b), APART)),
      () => tf.tanh(matrix(a)),
      () => tf.mul(matrix(b), tf.sigmoid(tf.sum(a))),
    ),
  (a, b, { ways, rngs }) =>
    ways.cond(
      positive(b),
      () => tf.mul(matrix(a), rngs.uniform([COLUMNS])),
      () => matrix(b),
    ),
  (a, b, { ways, count, weight }) =>
    ways.switchCase(tf.sub(tf.mod(count, tf.scalar(5, "int32")), tf.scalar(1, "int32")), [
      () => tf.sin(matrix(a)),
      () => tf.matMul(matrix(b), weight),
      () => tf.add(matrix(a), matrix(b)),
    ]),
  (a, b, { ways, weight, pick }) =>
    ways.scan(
      (carry: tf.Tensor, row: tf.Tensor) => {
        const next = tf.tanh(tf.add(tf.dot(carry, weight), row));
        return [next, tf.mul(next, tf.mean(b))] as const;
      },
      tf.mean(matrix(b), 0),
      matrix(a),
      { reverse: pick % 2 === 1 },
    )[1],
  (a, b, { ways, rngs, pick }) =>
    ways.scan(
      (carry: readonly [tf.Tensor, tf.Tensor], row: tf.Tensor) => {
        const next = tf.mul(tf.add(carry[0], row), rngs.uniform([COLUMNS], { minval: 0.5, maxval: 1 }));
        return [[next, tf.add(carry[1], tf.scalar(1, "int32"))] as const, null] as const;
      },
      [tf.mean(matrix(b), 0), tf.scalar(0, "int32")] as const,
      tf.slice(matrix(a), 0, pick % (ROWS + 1)),
    )[0][0],
  (a, b, { ways }) =>
    ways.cond(
      tf.less(tf.sum(b), APART),
      () =>
        ways.scan(
          (carry: tf.Tensor, row: tf.Tensor) => {
            const next = ways.cond(
              positive(row),
              () => tf.mul(carry, 0.5),
              () => tf.add(carry, tf.mean(row)),
            );
            return [next, tf.mul(row, next)] as const;
          },
          tf.scalar(0.3),
          matrix(a),
        )[1],
      () => tf.add(matrix(a), matrix(b)),
    ),
  (a, b, { ways, pick }) =>
    ways.foriLoop(
      1,
      1 + (pick % 4),
      (i: tf.Tensor, x: tf.Tensor) => tf.tanh(tf.add(tf.mul(x, tf.cast(i, "float32")), tf.mul(b, 0.3))),
      matrix(a),
    ),
  (a, b, { ways, pick }) =>
    ways.vmap((x: tf.Tensor, y: tf.Tensor) => tf.mul(tf.sin(x), tf.mean(y)), {
      inAxes: [pick % 3 === 0 ? -2 : 0, pick % 2 === 0 ? 0 : -2],
      outAxes: 0,
    })(matrix(a), matrix(b)),
  (a, b, { ways, weight }) =>
    ways.vmap(
      (row: tf.Tensor, s: tf.Tensor) =>
        ways.cond(
          positive(row),
          () => tf.tanh(tf.dot(row, weight)),
          () => tf.mul(row, s),
        ),
      { inAxes: [0, 0] },
    )(matrix(a), tf.mean(matrix(b), 1)),
  (a, b, { ways }) =>
    ways.vmap(
      (column: tf.Tensor, s: tf.Tensor) =>
        ways.scan((c: tf.Tensor, x: tf.Tensor) => [tf.tanh(tf.add(tf.mul(c, 0.5), x)), tf.mul(c, s)] as const, s, column)[1], // prettier-ignore
      { inAxes: [1, null], outAxes: -1 },
    )(matrix(a), tf.mean(b)),
  (a, b, { ways, pick }) => {
    const done = ways.whileLoop(
      ([y, n]) => tf.logicalAnd(tf.greater(tf.sum(tf.abs(y!)), 1.237), tf.less(n!, tf.scalar(pick % 5, "int32"))),
      ([y, n]) => [tf.mul(tf.sin(y!), 0.7), tf.add(n!, tf.scalar(1, "int32"))],
      [ways.stopGradient(matrix(a)), tf.scalar(0, "int32")],
    ); // prettier-ignore
    return tf.add(tf.mul(matrix(b), ways.stopGradient(done[0]!)), tf.mul(tf.cast(done[1]!, "float32"), 0.1));
  },
  (a, b, { ways, pick }) =>
    ways.vmap(
      (row: tf.Tensor, other: tf.Tensor) => {
        const turn = (c: tf.Tensor, x: tf.Tensor) => {
          const [inner] = ways.scan((d: tf.Tensor, y: tf.Tensor) => [tf.sin(tf.add(d, tf.mul(y, x))), null] as const, c, other); // prettier-ignore
          return [inner, tf.mul(inner, x)] as const;
        };
        return ways.scan(turn, tf.mean(other), row, { reverse: pick % 2 === 0, unroll: 1 + (pick % 3) })[1];
      },
      { inAxes: [0, pick % 5 === 0 ? null : 0] },
    )(matrix(a), pick % 5 === 0 ? tf.mean(matrix(b), 0) : matrix(b)),
  (a, b, { ways, mask, count }) => {
    type Flags = readonly [mask: tf.Tensor, n: tf.Tensor, y: tf.Tensor];
    const turn = ([flags, n, y]: Flags, row: tf.Tensor) => {
      const next = tf.where(flags, tf.mul(y, 0.7), tf.add(y, row));
      const some = tf.cast(tf.any(flags), "int32");
      return [[tf.logicalXor(flags, tf.greater(next, APART)), tf.add(tf.mul(n, tf.scalar(2, "int32")), some), next], tf.mul(next, tf.cast(n, "float32"))] as readonly [Flags, tf.Tensor]; // prettier-ignore
    };
    const first = tf.reshape(tf.slice(mask, 0, 1), [COLUMNS]);
    const start: Flags = [first, tf.mod(count, tf.scalar(3, "int32")), tf.mean(matrix(b), 0)];
    const [[, n], ys] = ways.scan(turn, start, matrix(a));
    return tf.add(tf.mul(ys, 0.1), tf.mul(tf.cast(n, "float32"), 0.05));
  },
];

/** Each draws from a kind, all kinds being equally likely, so that rare ones are not lost among elementwise ones. */
export const KINDS: readonly (readonly Operation[])[] = [elementwise, functions, layout, lines, products, indexing, discrete, rarer, draws, rules, control, control]; // prettier-ignore
