/** @file The cases of Flax's `vmap`, as functions of this library. */
import {
  BatchStat,
  Linear,
  type Module,
  Param,
  Rngs,
  RngState,
  splitRngs,
  StateAxes,
  vmap,
  type VmapOptions,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { cased, type LayerUnderTest } from "../../golden.ts";
import { Block } from "../models.ts";

const [D, N, RATE] = [3, 4, 0.4];

/** `make` in lanes, each with random streams of its own. */
function ensemble<M>(seed: number, make: (rngs: Rngs) => M, outAxes: VmapOptions["outAxes"] = 0): M {
  return splitRngs({ splits: N })(vmap(make, { outAxes }))(new Rngs(seed)) as M;
}

type Layer = Module & { forward(x: tf.Tensor): tf.Tensor };

const lanes = (options: VmapOptions<[Layer, tf.Tensor]>) =>
  vmap((model: Layer, x: tf.Tensor) => model.forward(x), options);

const linear = (options: VmapOptions<[Layer, tf.Tensor]>): LayerUnderTest =>
  cased(() => ensemble(0, (rngs) => new Linear(D, D + 1, { rngs })), lanes(options));

/** Batch statistics are shared, the rest has lanes. */
const sharedStats = new StateAxes([
  [[Param, RngState], 0],
  [BatchStat, null],
]);
/** Random streams have lanes, the rest is shared. */
const ownStreams = new StateAxes([
  [RngState, 0],
  [true, null],
]);

function evaluated(): Block {
  const blocks = ensemble(2, (rngs) => new Block(D, RATE, { rngs }), sharedStats);
  blocks.bn.useRunningAverage = true;
  blocks.dropout.deterministic = true;
  return blocks;
}

function dropout(): Block {
  const block = new Block(D, RATE, { rngs: new Rngs(3) });
  block.bn.useRunningAverage = true;
  return block;
}

/** Gradients that sum over all lanes: terms of size 10 cancel each other. */
const summed = (test: LayerUnderTest): LayerUnderTest => ({ ...test, tolerance: { scaled: true } });

const split = splitRngs({ splits: N })(lanes({ inAxes: [ownStreams, null] }));

/** The cases, by their names in `transforms.json`. */
export const VMAP: Readonly<Record<string, LayerUnderTest>> = {
  "vmap_ensemble.x_shared": linear({ inAxes: [0, null] }),
  "vmap_ensemble.x_mapped": linear({ inAxes: [0, 0] }),
  "vmap_ensemble.x_axis1": linear({ inAxes: [0, 1] }),
  "vmap_ensemble.out_axis1": linear({ inAxes: [0, null], outAxes: 1 }),
  "vmap_state_axes.all_mapped": cased(
    () => ensemble(0, (rngs) => new Block(D, RATE, { rngs })),
    lanes({ inAxes: [new StateAxes([[true, 0]]), null] }),
  ),
  "vmap_state_axes.stats_broadcast_axis_name": cased(
    () => ensemble(1, (rngs) => new Block(D, RATE, { rngs, axisName: "lane" }), sharedStats),
    lanes({ inAxes: [sharedStats, 0], axisName: "lane" }),
  ),
  "vmap_state_axes.stats_broadcast_eval": cased(evaluated, lanes({ inAxes: [sharedStats, null] })),
  "vmap_dropout.split_per_lane": summed(cased(dropout, split)),
  "vmap_dropout.split_per_lane_twice": summed(
    cased(dropout, (model, x) => [split(model, x), split(model, x)]),
  ),
  "vmap_dropout.broadcast_stream": summed(cased(dropout, lanes({ inAxes: [null, 0] }))),
};
