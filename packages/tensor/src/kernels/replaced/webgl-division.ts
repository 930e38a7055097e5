/** @file The webgl backend divides equal numbers to 1, zeros and infinities too; there, this gives NaN as all others do. */
import type { MathBackendWebGL } from "@tensorflow/tfjs-backend-webgl";
import * as tf from "@tensorflow/tfjs-core";
import { clearBeyond } from "../elementwise/webgl.ts";
import type { ReplacedKernel } from "./replacement.ts";

/**
 * Replaces webgl's RealDiv, whose 0 / 0 is 1: a mean over nothing, or a gradient that a mask has set to 0, would be a
 * plausible number. Other equal numbers still give exactly 1, which their rounded reciprocals would miss.
 */
export const webGlDivision: readonly ReplacedKernel[] = [
  [
    tf.RealDiv,
    () =>
      ({ inputs, backend }) => {
        // The registry erases the types that `runKernel` was called with.
        const { a, b } = inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
        const outputShape = tf.broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape);
        return (backend as MathBackendWebGL).runWebGLProgram(programOf(outputShape), [a, b], "float32");
      },
  ],
];

function programOf(outputShape: number[]) {
  return {
    variableNames: ["A", "B"],
    outputShape,
    packedInputs: true,
    packedOutput: true,
    userCode: `
      float quotient(float a, float b) {
        return a == b && a != 0.0 && abs(a) < 3.4e38 ? 1.0 : a / b;
      }
      void main() {
        vec4 a = getAAtOutCoords();
        vec4 b = getBAtOutCoords();
        vec4 result = vec4(
          quotient(a.x, b.x), quotient(a.y, b.y), quotient(a.z, b.z), quotient(a.w, b.w)
        );
        ${clearBeyond(outputShape)}
        setOutput(result);
      }
    `,
  };
}
