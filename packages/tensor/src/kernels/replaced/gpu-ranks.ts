/** @file Selections and cumulative sums of more than four axes, which the GPU backends refuse: of fewer, they are the same. */
import * as tf from "@tensorflow/tfjs-core";
import { compose } from "../compose.ts";
import type { CumulativeAttrs } from "../cumulative/on-host.ts";
import type { ReplacedKernel, Replacement } from "./replacement.ts";

const MOST_AXES = 4;

/** Replaces Select, Cumsum and Cumprod of a GPU backend. */
export const gpuRanks = (backendName: string): readonly ReplacedKernel[] => [
  [tf.Select, selectingFlat(backendName)],
  [tf.Cumsum, alongMiddle(backendName)],
  [tf.Cumprod, alongMiddle(backendName)],
];

const selectingFlat =
  (backendName: string): Replacement =>
  (original) =>
  (call) => {
    // The registry erases the types that `runKernel` was called with.
    const { condition, t, e } = call.inputs as Record<"condition" | "t" | "e", tf.TensorInfo>;
    if (t.shape.length <= MOST_AXES) return original(call);
    // A condition of one axis chooses whole rows.
    const rows = condition.shape.length === 1 ? condition.shape[0]! : tf.util.sizeFromShape(t.shape);
    const rest = condition.shape.length === 1 ? [tf.util.sizeFromShape(t.shape.slice(1))] : [];
    return compose(call.backend as tf.KernelBackend, backendName, (run) => {
      const as = (x: tf.TensorInfo, shape: number[]) => run(tf.Reshape, { x }, { shape });
      const inputs = {
        condition: as(condition, [rows]),
        t: as(t, [rows, ...rest]),
        e: as(e, [rows, ...rest]),
      };
      return as(run(tf.Select, inputs, {}, original), t.shape);
    });
  };

const alongMiddle =
  (backendName: string): Replacement =>
  (original) =>
  (call) => {
    const { x } = call.inputs as { x: tf.TensorInfo };
    if (x.shape.length <= MOST_AXES) return original(call);
    const { axis } = call.attrs as unknown as CumulativeAttrs;
    const [along = 0] = tf.util.parseAxisParam(axis, x.shape);
    const [outer, inner] = [x.shape.slice(0, along), x.shape.slice(along + 1)].map(tf.util.sizeFromShape);
    return compose(call.backend as tf.KernelBackend, backendName, (run) => {
      const flat = run(tf.Reshape, { x }, { shape: [outer!, x.shape[along]!, inner!] });
      const sums = run("", { x: flat }, { ...call.attrs, axis: 1 }, original);
      return run(tf.Reshape, { x: sums }, { shape: x.shape });
    });
  };
