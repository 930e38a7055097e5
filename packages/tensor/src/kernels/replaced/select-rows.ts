/** @file Choices of whole rows by a condition of one axis, which backends make as if each row had one element. */
import * as tf from "@tensorflow/tfjs-core";
import { compose } from "../compose.ts";
import type { ReplacedKernel } from "./replacement.ts";

/** Replaces Select of a backend: the condition is repeated along the rows first. */
export const selectRows = (backendName: string): readonly ReplacedKernel[] => [
  [
    tf.Select,
    (original) => (call) => {
      // The registry erases the types that `runKernel` was called with.
      const { condition, t, e } = call.inputs as Record<"condition" | "t" | "e", tf.TensorInfo>;
      if (condition.shape.length !== 1 || t.shape.length < 2 || t.shape.includes(0)) return original(call);
      return compose(call.backend as tf.KernelBackend, backendName, (run) => {
        const [rows = 1, ...rest] = t.shape;
        const column = run(tf.Reshape, { x: condition }, { shape: [rows, 1] });
        const length = tf.util.sizeFromShape(rest);
        const whole = run(tf.Tile, { x: column }, { reps: [1, length] });
        const shaped = run(tf.Reshape, { x: whole }, { shape: t.shape });
        return run(tf.Select, { condition: shaped, t, e }, {}, original);
      });
    },
  ],
];
