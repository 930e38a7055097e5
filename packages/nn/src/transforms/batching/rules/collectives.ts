/** @file Batching rules, shapes and gradients of sums, means and extremes over the lanes. */
import { registerShapeRule } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { AXIS_INDEX, AXIS_KERNELS } from "../collectives.ts";
import { launch } from "../operands.ts";
import type { Batched, BatchCall, BatchRule, BatchRules } from "../rule.ts";

interface AxisAttrs {
  axisName: string;
}

/** A kernel over the lanes of its name; in other lanes it is still to come, for each of them. */
function over(
  batched: (x: tf.Tensor) => tf.Tensor,
  shared: (x: tf.Tensor, lanes: number) => tf.Tensor,
): BatchRule {
  return ({ kernelName, inputs, attrs, lanes }: BatchCall): Batched[] => {
    const { tensor, isBatched } = inputs["x"]!;
    if ((attrs as unknown as AxisAttrs).axisName !== lanes.axisName) {
      return [{ tensor: launch(kernelName, { x: tensor }, attrs), isBatched }];
    }
    return [{ tensor: isBatched ? batched(tensor) : shared(tensor, lanes.size), isBatched: false }];
  };
}

const axisIndex: BatchRule = ({ attrs, lanes }) =>
  (attrs as unknown as AxisAttrs).axisName === lanes.axisName
    ? tf.range(0, lanes.size, 1, "int32")
    : [{ tensor: launch(AXIS_INDEX, {}, attrs), isBatched: false }];

/** Rules of the kernels over lanes, which are asked also where nothing is batched. */
export const collectiveRules: BatchRules = {
  [AXIS_KERNELS.sum]: over(
    (x) => tf.sum(x, 0),
    (x, lanes) => tf.mul(x, tf.scalar(lanes, x.dtype as "int32")),
  ),
  [AXIS_KERNELS.mean]: over(
    (x) => tf.mean(x, 0),
    (x) => x,
  ),
  [AXIS_KERNELS.max]: over(
    (x) => tf.max(x, 0),
    (x) => x,
  ),
  [AXIS_KERNELS.min]: over(
    (x) => tf.min(x, 0),
    (x) => x,
  ),
  [AXIS_INDEX]: axisIndex,
};

let isRegistered = false;

/** Lets the kernels be recorded and differentiated. */
export function registerCollectives(): void {
  if (isRegistered) return;
  isRegistered = true;
  for (const kernelName of Object.values(AXIS_KERNELS)) registerShapeRule(kernelName, ({ x }) => x);
  registerShapeRule<object>(AXIS_INDEX, () => ({ shape: [], dtype: "int32" }));
  for (const kernelName of [AXIS_KERNELS.max, AXIS_KERNELS.min]) {
    tf.registerGradient({
      kernelName,
      inputsToSave: ["x"],
      outputsToSave: [true],
      // Those that are the extreme share what all lanes get.
      gradFunc: (dy, [x, y], attrs) => ({
        x: () => {
          const isExtreme = tf.cast(tf.equal(x!, y!), "float32");
          const [sum, count] = [dy as tf.Tensor, isExtreme].map((each) =>
            launch(AXIS_KERNELS.sum, { x: each }, attrs),
          );
          return tf.mul(tf.div(isExtreme, count!), sum!);
        },
      }),
    });
  }
  for (const kernelName of [AXIS_KERNELS.sum, AXIS_KERNELS.mean]) {
    tf.registerGradient({
      kernelName,
      // Each lane's result depends on the inputs of all.
      gradFunc: (dy, _saved, attrs) => ({ x: () => launch(kernelName, { x: dy as tf.Tensor }, attrs) }),
    });
  }
}
