/** @file The cases of `scripts/reference/transforms.py`, which were made with Flax, as they are written here. */
import {
  BatchNorm,
  BatchStat,
  cond,
  Conv,
  Dropout,
  foriLoop,
  gelu,
  GroupNorm,
  GRUCell,
  LayerNorm,
  Linear,
  maxPool,
  Module,
  MultiHeadAttention,
  Param,
  remat,
  Rngs,
  RngState,
  scan,
  splitRngs,
  state,
  StateAxes,
  switchCase,
  toFlatState,
  Variable,
  vmap,
  whileLoop,
} from "@nnx-js/nn";
import { fromGolden, wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import figures from "../../golden/transforms.json" with { type: "json" };
import { camel, cased, type LayerCase, type LayerUnderTest } from "../../golden.ts";
import { Counted, int, no, third, yes } from "../counted.ts";

const [D, N, RATE] = [3, 3, 0.4];

/** The cases with figures. */
export const CASES = figures.cases as unknown as LayerCase[];

class Block extends Module {
  static override readonly name: string = "Block";
  readonly linear: Linear;
  readonly bn: BatchNorm;
  readonly dropout: Dropout;

  constructor({ rngs, axisName }: { rngs: Rngs; axisName?: string | undefined }) {
    super();
    this.linear = new Linear(D, D, { rngs });
    this.bn = new BatchNorm(D, { momentum: 0.9, axisName, rngs });
    this.dropout = new Dropout(RATE, { rngs });
  }

  forward(x: tf.Tensor): tf.Tensor {
    return tf.add(x, tf.tanh(this.dropout.forward(this.bn.forward(this.linear.forward(x)))));
  }
}

class Conved extends Module {
  static override readonly name: string = "Conved";
  readonly conv: Conv;
  readonly norm: GroupNorm;
  readonly out: Linear;

  constructor({ rngs }: { rngs: Rngs }) {
    super();
    this.conv = new Conv(1, 4, [3, 3], { rngs });
    this.norm = new GroupNorm(4, { numGroups: 2, rngs });
    this.out = new Linear(4, 2, { rngs });
  }

  forward(x: tf.Tensor): tf.Tensor {
    const y = maxPool(gelu(this.norm.forward(this.conv.forward(x))), [2, 2], { strides: [2, 2] });
    return this.out.forward(tf.mean(y, [-3, -2]));
  }
}

class Attending extends Module {
  static override readonly name: string = "Attending";
  readonly norm: LayerNorm;
  readonly attention: MultiHeadAttention;

  constructor({ rngs }: { rngs: Rngs }) {
    super();
    this.norm = new LayerNorm(4, { rngs });
    this.attention = new MultiHeadAttention(2, 4, { decode: false, rngs });
  }

  forward(x: tf.Tensor): tf.Tensor {
    return tf.add(x, this.attention.forward(this.norm.forward(x)));
  }
}

/** N blocks as one: its call is a loop over them. */
class Inner extends Module {
  static override readonly name: string = "Deep";
  readonly block: Block;
  constructor({ rngs }: { rngs: Rngs }) {
    super();
    this.block = new Block({ rngs });
  }
  forward(x: tf.Tensor): tf.Tensor {
    return this.block.forward(x);
  }
}
const Deep = scan(Inner, { length: N });

type Layer = Module & { forward(x: tf.Tensor): tf.Tensor };
type Make<M> = (options: { rngs: Rngs }) => M;

function withState<M extends Module>(name: string, model: M): M {
  const before = CASES.find((item) => item.name === name)!.state_before;
  const variables = new Map(toFlatState(state(model)).map(([path, leaf]) => [path.join("."), leaf]));
  for (const [path, array] of Object.entries(before)) {
    (variables.get(camel(path)) as Variable).value = fromGolden(array);
  }
  return model;
}

/** A case of a Module that is made from a seed, or has the values that it has there. */
function one<M extends Module>(
  name: string,
  make: () => M,
  call: (model: M, ...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[],
  isSeeded = true,
): Record<string, LayerUnderTest> {
  // Before a batch norm the gradient of a bias is 0 but for rounding.
  const tolerance = { scaled: true };
  return { [name]: { ...cased(isSeeded ? make : () => withState(name, make()), call), tolerance } };
}

const stacked = <M extends Module>(seed: number, make: Make<M>, axes: number | StateAxes = 0) =>
  splitRngs({ splits: N })(vmap((rngs: Rngs) => make({ rngs }), { outAxes: axes }))(new Rngs(seed)) as M;
const blocks = (seed: number, axes?: StateAxes) => stacked(seed, (options) => new Block(options), axes);

const turn = (x: tf.Tensor, block: Layer) => {
  const y = block.forward(x);
  return [y, tf.mean(y, 0)] as const;
};
const sharedStats = new StateAxes([
  [BatchStat, null],
  [true, 0],
]);
const half = (xs: tf.Tensor) => tf.mul(tf.gather(xs, int(0)), 0.5);

const nested = (m: Counted, x: tf.Tensor) =>
  cond(
    tf.less(tf.sum(x), 100),
    (m: Counted, x: tf.Tensor) => tf.mul(cond(tf.greater(tf.mean(x), 0), yes, no, m, x), 1.5),
    third,
    m,
    x,
  );
const counted = (seed: number) => () => new Counted(D, { rngs: new Rngs(seed) });
const again = remat((m: Layer, x: tf.Tensor) => m.forward(x));
const lanes = (m: Layer, x: tf.Tensor) => m.forward(x);
const ownStreams = new StateAxes([
  [RngState, 0],
  [true, null],
]);
const split = splitRngs({ splits: N })(vmap(lanes, { inAxes: [ownStreams, 0], axisName: "lane" }));
const switched = (m: Counted, x: tf.Tensor) => switchCase(m.calls.value, [yes, no, third], m, x);

/** What is computed in each case. */
export const REFERENCE: Readonly<Record<string, LayerUnderTest>> = {
  ...one("scan.carried_statistics", () => blocks(1, sharedStats), (m, x) => scan(turn, x, m, { shared: BatchStat })),
  ...one("scan.carried_statistics.reverse", () => blocks(2, sharedStats), (m, x) => scan(turn, x, m, { shared: BatchStat, reverse: true })),
  ...one("scan.decorated", () => new Deep({ rngs: new Rngs(5) }), (m, x) => m.forward(x)),
  ...one("scan.decorated.twice", () => new Deep({ rngs: new Rngs({ params: 6, dropout: 7 }) }), (m, x) => m.forward(m.forward(x))),
  ...one("scan.module_carried", () => new Block({ rngs: new Rngs(8) }), (m, xs) =>
    scan((c: tf.Tensor, x: tf.Tensor) => [tf.tanh(tf.add(c, m.forward(x))), tf.sum(c, 0)] as const, half(xs), xs)),
  ...one("scan.layers_in_time", () => blocks(10), (m, xs) =>
    scan((c: tf.Tensor, x: tf.Tensor) => [
      scan((x: tf.Tensor, b: Block) => [b.forward(x), null] as const, tf.add(x, tf.mul(c, 0.3)), m)[0],
      tf.mean(c, 0),
    ] as const, half(xs), xs)),
  ...one("scan.branches", counted(11), (m, xs) =>
    scan((h: tf.Tensor, x: tf.Tensor) => [
      cond(tf.greater(tf.sum(x), 0), (m: Counted, x: tf.Tensor) => m.dropout.forward(m.forward(x)), (_, x) => tf.mul(x, 0.9), m, tf.add(h, tf.mul(x, 0.2))),
      tf.clone(m.calls.value),
    ] as const, half(xs), xs)),
  ...one("scan.remat_each", () => blocks(12, sharedStats), (m, x) => scan(remat(turn), x, m, { shared: BatchStat })),
  ...one("vmap.dropout_split_statistics_shared", () => new Block({ rngs: new Rngs(22), axisName: "lane" }), split),
  ...one("vmap.dropout_split_statistics_shared.twice", () => new Block({ rngs: new Rngs(23), axisName: "lane" }), (m, x) => split(m, split(m, x))),
  ...one("vmap.negative_axes", () => stacked(25, ({ rngs }) => new Linear(D, D + 1, { rngs })), (m, x) => vmap(lanes, { inAxes: [0, -2], outAxes: -1 })(m, x)),
  ...one("vmap.convolutions", () => stacked(26, (options) => new Conved(options)), (m, x) => vmap(lanes, { inAxes: [0, null] })(m, x)),
  ...one("vmap.attention", () => stacked(27, (options) => new Attending(options)), (m, x) => vmap(lanes)(m, x)),
  ...one("vmap.scan", () => stacked(28, ({ rngs }) => new GRUCell(D, D, { rngs })), (m, xs) =>
    vmap((m: GRUCell, xs: tf.Tensor) => scan((c: tf.Tensor, x: tf.Tensor) => m.forward(c, x), half(xs), xs), { inAxes: [0, null] })(m, xs)),
  ...one("scan.vmap", () => blocks(29), (m, xs) =>
    scan((c: tf.Tensor, x: tf.Tensor) => {
      const y = vmap((m: Block, c: tf.Tensor, x: tf.Tensor) => m.forward(tf.add(c, x)), { inAxes: [0, 0, null] })(m, c, x);
      return [y, tf.sum(y, 1)] as const;
    }, tf.stack(Array.from({ length: N }, () => tf.gather(xs, int(0)))), xs)),
  ...one("vmap.branches", () => stacked(30, (options) => new Counted(D, options)), (m, xs) =>
    vmap((m: Counted, x: tf.Tensor) => cond(tf.greater(tf.sum(x), 0), (m: Counted, x: tf.Tensor) => m.dropout.forward(m.forward(x)), (_, x) => tf.mul(x, 0.5), m, x))(m, xs)),
  ...one("remat.nested", () => new Block({ rngs: new Rngs(40) }), remat((m: Layer, x: tf.Tensor) => again(m, tf.tanh(again(m, x))))),
  ...one("remat.counted", counted(41), (m, x) => again(m, m.dropout.forward(again(m, x)))),
  ...one("remat.of_scan", () => blocks(42), remat((m: Block, x: tf.Tensor) => scan(turn, x, m))),
  ...one("remat.in_lanes", () => blocks(43), (m, x) => vmap(again, { inAxes: [0, null] })(m, x)),
  ...one("cond.nested", counted(50), nested),
  ...one("cond.in_remat", counted(50), remat(nested)),
  ...one("switch.by_a_variable", counted(50), (m, x) => switched(m, switched(m, x))),
  ...one("switch.in_scan", counted(50), (m, x) =>
    scan((x: tf.Tensor, i: tf.Tensor) => [tf.tanh(switchCase(i, [yes, no, third], m, x)), tf.clone(m.total.value)] as const, x, tf.tensor1d([2, 0, 1, 0, 7], "int32"))),
  ...one("fori_loop.statistics", () => new Block({ rngs: new Rngs(51) }), (m, x) =>
    foriLoop(1, 4, (i: tf.Tensor, x: tf.Tensor) => tf.mul(m.forward(x), tf.sub(1, tf.mul(0.1, tf.cast(i, "float32")))), x)),
  ...one("fori_loop.none", () => new Block({ rngs: new Rngs(52) }), (m, x) => foriLoop(3, 3, (_i, x: tf.Tensor) => m.forward(x), x)),
  ...one("scan.carried_stream", () => {
    const model = blocks(3);
    const { key, count } = new Rngs({ dropout: 33 }).stream("dropout").fork();
    [model.dropout.rngs!.key.value, model.dropout.rngs!.count.value] = [tf.clone(key.value), tf.clone(count.value)];
    return model;
  }, (m, x) => scan(turn, x, m, { shared: RngState })),
  ...one("scan.broadcast_statistics", () => {
    const model = blocks(4, sharedStats);
    model.bn.useRunningAverage = true;
    model.bn.mean.value = wave([D], 0.3);
    return model;
  }, (m, x) => scan(turn, x, m, { shared: BatchStat })),
  ...one("scan.split_per_turn", () => new Block({ rngs: new Rngs(9) }), splitRngs({ splits: 5 })((m: Block, xs: tf.Tensor) =>
    scan((c: tf.Tensor, [m, x]: [Block, tf.Tensor]) => [tf.tanh(tf.add(c, m.forward(x))), tf.sum(c, 0)] as const, half(xs), [m, xs] as [Block, tf.Tensor], { shared: [Param, BatchStat] }))),
  ...one("vmap.params_split_rest_broadcast", () => {
    const axes = new StateAxes([[Param, 0], [true, null]]);
    const streams = new StateAxes([["params", 0], [true, null]]);
    const make = vmap((rngs: Rngs) => new Block({ rngs, axisName: "lane" }), { inAxes: [streams], outAxes: axes });
    return splitRngs({ splits: N, only: "params" })(make)(new Rngs({ params: 20, dropout: 21 }));
  }, vmap(lanes, { inAxes: [new StateAxes([[Param, 0], [true, null]]), 0], axisName: "lane" })),
  ...one("vmap.nested", () => splitRngs({ splits: [2, N] })(vmap(vmap((rngs: Rngs) => new Block({ rngs }))))(new Rngs(24)),
    vmap(vmap(lanes, { inAxes: [0, null] }), { inAxes: [0, null] })),
  ...one("while_loop.nested", counted(50), (m, x) => whileLoop(
    ([y, n]: [tf.Tensor, tf.Tensor]) => tf.logicalAnd(tf.greater(tf.sum(tf.abs(y)), 2), tf.less(n, int(7))),
    ([y, n]) => {
      const [z] = whileLoop(
        ([, i]: [tf.Tensor, tf.Tensor]) => tf.less(i, tf.mod(n, int(3))),
        ([z, i]) => [m.dropout.forward(z), tf.add(i, int(1))],
        [m.forward(y), int(0)] as [tf.Tensor, tf.Tensor],
      );
      return [z, tf.add(n, int(1))] as [tf.Tensor, tf.Tensor];
    },
    [x, int(1)] as [tf.Tensor, tf.Tensor],
  )),
  ...one("fori_loop.nested", counted(50), (m, x) => foriLoop(0, 2, (i: tf.Tensor, x: tf.Tensor) =>
    foriLoop(0, tf.add(i, int(1)), (j: tf.Tensor, x: tf.Tensor) => tf.add(m.dropout.forward(m.forward(x)), tf.cast(j, "float32")), x), x)),
}; // prettier-ignore
