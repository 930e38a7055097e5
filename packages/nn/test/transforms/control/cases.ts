/** @file The cases of control flow in `transforms.json`, which were made with Flax, as they are written here. */
import {
  BatchStat,
  cond,
  foriLoop,
  GRUCell,
  LSTMCell,
  Module,
  RngState,
  type RNNCellBase,
  Rngs,
  scan,
  state,
  switchCase,
  toFlatState,
  Variable,
  whileLoop,
} from "@nnx-js/nn";
import { fromGolden, type GoldenArray } from "@nnx-js/testing";
import golden from "@nnx-js/testing/golden/transforms.json" with { type: "json" };
import * as tf from "@tensorflow/tfjs-core";
import { camel, cased, type LayerCase, type LayerUnderTest } from "../../golden.ts";
import { Counted, int, no, third, yes } from "../counted.ts";
import { Block } from "../models.ts";

const GROUPS = ["scan_layers", "scan_time", "control_flow"];

/** The cases with figures. */
export const CASES = (golden.cases as unknown as (LayerCase & { group: string })[]).filter(
  (item) => GROUPS.includes(item.group) && "types" in item,
);

/** A case without the usual figures. */
export function caseOf(name: string): Record<string, unknown> {
  return golden.cases.find((item) => item.name === name) as unknown as Record<string, unknown>;
}

/** `model` with the values that it has in a case. */
export function withState<M extends Module>(model: M, before: Record<string, GoldenArray>): M {
  const variables = new Map(toFlatState(state(model)).map(([path, leaf]) => [path.join("."), leaf]));
  for (const [path, array] of Object.entries(before)) {
    (variables.get(camel(path)) as Variable).value = fromGolden(array);
  }
  return model;
}

const D = 3;
const stateOf = (name: string) => CASES.find((item) => item.name === name)!.state_before;

function block(name: string): () => Block {
  return () => withState(new Block(D, 0.4, { rngs: new Rngs(0) }), stateOf(name));
}

function counted(name: string, call: (model: Counted, x: tf.Tensor) => tf.Tensor | tf.Tensor[]) {
  return { [name]: cased(() => withState(new Counted(D, { rngs: new Rngs(0) }), stateOf(name)), call) };
}

const turn = (x: tf.Tensor, layer: Block) => {
  const y = layer.forward(x);
  return [y, tf.mean(y, 0)] as const;
};
const stack = (x: tf.Tensor, layer: Block) => [layer.forward(x), null] as const;

function cell(name: string, make: (rngs: Rngs) => RNNCellBase) {
  return Object.fromEntries(
    [false, true].map((reverse) => {
      const full = reverse ? `${name}.reverse` : name;
      const call = (model: RNNCellBase, xs: tf.Tensor, ...carry: tf.Tensor[]) => {
        const step = (c: unknown, x: tf.Tensor) => model.forward(c, x);
        const [last, ys] = scan(step, carry.length === 1 ? carry[0] : carry, xs, { reverse });
        return [last, ys].flat() as tf.Tensor[];
      };
      return [full, cased(() => withState(make(new Rngs(0)), stateOf(full)), call as never)];
    }),
  );
}

const isPositive = (x: tf.Tensor) => tf.greater(tf.sum(x), 0);
const isNegative = (x: tf.Tensor) => tf.less(tf.sum(x), 0);

type Value = [model: Counted, x: tf.Tensor, turns: tf.Tensor];
const halving = (model: Counted, x: tf.Tensor, threshold: number) => {
  const [, y, n] = whileLoop<Value>(
    ([, y, n]) => tf.logicalAnd(tf.greater(tf.sum(tf.abs(y)), threshold), tf.less(n, int(20))),
    ([model, y, n]) => [model, tf.mul(model.forward(y), 0.7), tf.add(n, int(1))],
    [model, x, int(0)],
  );
  return [y, n];
};

/** What is computed in each case. */
export const CONTROL: Record<string, LayerUnderTest> = {
  scan_layers: cased(block("scan_layers"), (model, x) => scan(turn, x, model)),
  "scan_layers.reverse": cased(block("scan_layers.reverse"), (model, x) =>
    scan(turn, x, model, { reverse: true }),
  ),
  "scan_layers.twice": {
    ...cased(block("scan_layers.twice"), (model, x) => scan(stack, scan(stack, x, model)[0], model)[0]),
    // Through eight layers, each of which divides by deviations: terms of the gradients cancel.
    tolerance: { scaled: true },
  },
  "scan_layers.carried_state": cased(block("scan_layers.carried_state"), (model, x) =>
    scan(turn, x, model, { shared: [BatchStat, RngState] }),
  ),
  ...cell("scan_time.LSTMCell", (rngs) => new LSTMCell(D, D + 2, { rngs })),
  ...cell("scan_time.GRUCell", (rngs) => new GRUCell(D, D + 2, { rngs })),
  ...counted("cond.true", (model, x) => cond(tf.scalar(true, "bool"), yes, no, model, x)),
  ...counted("cond.false", (model, x) => cond(tf.scalar(false, "bool"), yes, no, model, x)),
  ...counted("cond.data_dependent", (model, x) => {
    const first = cond(isNegative(x), yes, no, model, x);
    return cond(isPositive(x), yes, no, model, first);
  }),
  ...Object.assign(
    {},
    ...[0, 1, 2, 5, -3].map((i) =>
      counted(`switch.${i}`, (model, x) => switchCase(int(i), [yes, no, third], model, x)),
    ),
  ),
  ...counted("while_loop.threshold_0.5", (model, x) => halving(model, x, 0.5)),
  ...counted("while_loop.threshold_1000.0", (model, x) => halving(model, x, 1000)),
  ...counted(
    "while_loop.dropout",
    (model, x) =>
      whileLoop<Value>(
        ([, , n]) => tf.less(n, int(3)),
        ([model, y, n]) => [model, model.dropout.forward(model.forward(y)), tf.add(n, int(1))],
        [model, x, int(0)],
      )[1],
  ),
  ...counted(
    "fori_loop",
    (model, x) =>
      foriLoop(
        2,
        5,
        (i, [model, y]: [Counted, tf.Tensor]): [Counted, tf.Tensor] => [
          model,
          tf.mul(model.dropout.forward(model.forward(y)), tf.add(1, tf.mul(0.1, tf.cast(i, "float32")))),
        ],
        [model, x],
      )[1],
  ),
};
