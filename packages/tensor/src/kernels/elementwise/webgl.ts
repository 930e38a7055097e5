/** @file Elementwise expressions in GLSL. */
import type { MathBackendWebGL } from "@tensorflow/tfjs-backend-webgl";
import * as tf from "@tensorflow/tfjs-core";
import type { Expression } from "./expression.ts";
import { kernelShapes, type KernelAttrs, type KernelInputs, type KernelName } from "../shapes.ts";

/** The kernel for the webgl backend. */
export function expressionOnWebGl<K extends KernelName>(
  kernelName: K,
  expression: Expression<K>,
): tf.KernelConfig {
  return {
    kernelName,
    backendName: "webgl",
    kernelFunc: (call) => {
      // The registry erases the types that `runKernel` was called with.
      const inputs = call.inputs as KernelInputs<K, tf.TensorInfo>;
      const attrs = call.attrs as unknown as KernelAttrs<K>;
      const [output] = kernelShapes[kernelName](inputs, attrs);
      const infos = expression.inputs.map((name) => inputs[name]);
      const program = programOf(expression, infos, [...output!.shape]);
      // `Expression` asks for attributes that are numbers.
      const numbers = expression.attrs.map((name) => [attrs[name] as number]);
      return (call.backend as MathBackendWebGL).runWebGLProgram(program, infos, output!.dtype, numbers);
    },
  };
}

/** Four elements at a time, in the packed textures that matrix products and TensorFlow.js's own arithmetic use. */
function programOf<K extends KernelName>(
  { inputs, attrs, element }: Expression<K>,
  infos: readonly tf.TensorInfo[],
  outputShape: number[],
) {
  const parameters = [...inputs.map((name) => `vec4 ${name}`), ...attrs.map((name) => `float ${name}`)];
  const values = inputs.map((name, i) => {
    const getter = `get${name[0]!.toUpperCase()}${name.slice(1)}`;
    return infos[i]!.shape.length === 0 ? `vec4(${getter}().x)` : `${getter}AtOutCoords()`;
  });
  return {
    variableNames: [...inputs],
    outputShape,
    packedInputs: true,
    packedOutput: true,
    customUniforms: attrs.map((name) => ({ name, type: "float" as const })),
    userCode: `
      vec4 element(${parameters.join(", ")}) {
        return ${element};
      }
      void main() {
        vec4 result = element(${[...values, ...attrs].join(", ")});
        ${clearBeyond(outputShape)}
        setOutput(result);
      }
    `,
  };
}

/** GLSL that writes zeros to `result` where a texel reaches beyond the tensor: a NaN there would spoil matrix products. */
export function clearBeyond(shape: readonly number[]): string {
  const rank = shape.length;
  if (rank === 0) return "result.yzw = vec3(0.0);";
  if (rank === 1) {
    return `
      bool isLast = getOutputCoords() + 1 >= ${shape[0]};
      result = vec4(result.x, isLast ? 0.0 : result.y, 0.0, 0.0);
    `;
  }
  const components = ["x", "y", "z", "w", "u", "v"];
  return `
    bool isLastRow = getOutputCoords().${components[rank - 2]} + 1 >= ${shape[rank - 2]};
    bool isLastColumn = getOutputCoords().${components[rank - 1]} + 1 >= ${shape[rank - 1]};
    if (isLastColumn) result.yw = vec2(0.0);
    if (isLastRow) result.zw = vec2(0.0);
  `;
}
