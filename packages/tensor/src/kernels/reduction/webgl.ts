/** @file The largest and smallest of rows in GLSL. */
import type { MathBackendWebGL } from "@tensorflow/tfjs-backend-webgl";
import * as tf from "@tensorflow/tfjs-core";
import { compose } from "../compose.ts";
import { type ReductionAttrs, rowsOf } from "./rows.ts";

/** Rows up to this length are reduced at once. */
const AT_ONCE = 64;

/** The element that no other is above or below, or a NaN. */
export function extremeOnWebGl(order: ">" | "<"): tf.KernelFunc {
  return (call) => {
    // The registry erases the types that `runKernel` was called with.
    const { x } = call.inputs as { x: tf.TensorInfo };
    const backend = call.backend as MathBackendWebGL;
    return compose(backend, "webgl", (run) => {
      const { x: all, count, length, shape } = rowsOf(run, x, call.attrs as unknown as ReductionAttrs);
      let rows = run(tf.Reshape, { x: all }, { shape: [count, length] });
      do {
        const program = programOf(rows.shape as [number, number], order);
        rows = run("", { x: rows }, {}, () => backend.runWebGLProgram(program, [rows], x.dtype));
      } while (rows.shape[1]! > 1);
      return run(tf.Reshape, { x: rows }, { shape });
    });
  };
}

function programOf([count, length]: [number, number], order: ">" | "<") {
  const window = length <= AT_ONCE ? length : Math.ceil(Math.sqrt(length));
  return {
    variableNames: ["x"],
    outputShape: [count, Math.ceil(length / window)],
    userCode: `
      void main() {
        ivec2 at = getOutputCoords();
        int start = at.y * ${window};
        float best = getX(at.x, start);
        for (int i = 1; i < ${window}; i++) {
          if (start + i >= ${length}) break;
          float value = getX(at.x, start + i);
          if (!isnan(best) && (isnan(value) || value ${order} best)) best = value;
        }
        setOutput(best);
      }
    `,
  };
}
