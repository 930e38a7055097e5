/** @file Finds the largest element of each window in GLSL. */
import type { MathBackendWebGL } from "@tensorflow/tfjs-backend-webgl";
import type * as tf from "@tensorflow/tfjs-core";
import { type PoolGeometry, pooledShape } from "./geometry.ts";

/** The largest elements, or where they are: the first of equals, in its picture or in all of them. */
export function largestOnWebGl(
  backend: MathBackendWebGL,
  x: tf.TensorInfo,
  geometry: PoolGeometry,
  want: "values" | "places" | "places in picture" = "values",
): tf.TensorInfo {
  const { axes, channels } = geometry;
  const rank = axes.length + 2;
  const parts = ["x", "y", "z", "w", "u"].slice(0, rank);
  const places = axes.map((_, i) => `at${i}`);
  const picture = want === "places in picture" ? "0" : "at.x";
  const flat = axes.reduce((index, { input }, i) => `(${index} * ${input} + at${i})`, picture);
  const program = {
    variableNames: ["x"],
    outputShape: pooledShape(geometry),
    customUniforms: [{ name: "infinity", type: "float" as const }],
    userCode: `
      void main() {
        ${rank === 5 ? "ivec5" : "ivec4"} at = getOutputCoords();
        int channel = at.${parts.at(-1)!};
        float best = -infinity;
        int place = -1;
        ${axes
          .map(
            ({ input, size, stride, low }, i) => `
              for (int i${i} = 0; i${i} < ${size}; i${i}++) {
                int at${i} = at.${parts[i + 1]!} * ${stride} - ${low} + i${i};
                if (at${i} < 0 || at${i} >= ${input}) continue;
            `,
          )
          .join("\n")}
                float value = getX(at.x, ${places.join(", ")}, channel);
                if (place < 0 || (!isnan(best) && (isnan(value) || value > best))) {
                  best = value;
                  place = ${flat} * ${channels} + channel;
                }
        ${axes.map(() => "}").join("\n")}
        setOutput(${want === "values" ? "best" : "float(place)"});
      }
    `,
  };
  return backend.runWebGLProgram(program, [x], want === "values" ? x.dtype : "int32", [[Infinity]]);
}
