/** @file Runs GLSL for each element of broadcast tensors, four elements at a time. */
import type { MathBackendWebGL } from "@tensorflow/tfjs-backend-webgl";
import type * as tf from "@tensorflow/tfjs-core";
import type { TensorSpec } from "../shapes.ts";
import { clearBeyond } from "./webgl.ts";

/** One launch; operands are named in lower case. */
export interface PackedLaunch {
  /** GLSL functions; they may use `infinity`, NAN and the uniforms. */
  library: string;
  /** The value of an element, from those of the operands by name. */
  element: string;
  operands: Readonly<Record<string, tf.TensorInfo>>;
  uniforms?: Readonly<Record<string, number>>;
  output: TensorSpec;
}

/** The packed textures are those of TensorFlow.js's own arithmetic, so that nothing is unpacked before. */
export function launchPacked(backend: object, launch: PackedLaunch): tf.TensorInfo {
  const { library, element, operands, output } = launch;
  const uniforms = { infinity: Infinity, ...launch.uniforms };
  const names = Object.keys(operands);
  const shape = [...output.shape];
  const program = {
    // In capitals: the functions that read textures have parameters of their own, among them b.
    variableNames: names.map((name) => name.toUpperCase()),
    outputShape: shape,
    packedInputs: true,
    packedOutput: true,
    customUniforms: Object.keys(uniforms).map((name) => ({ name, type: "float" as const })),
    userCode: `
      ${library}
      float element(${names.map((name) => `float ${name}`).join(", ")}) {
        return ${element};
      }
      void main() {
        ${names.map((name) => `vec4 all_${name} = get${name.toUpperCase()}AtOutCoords();`).join("\n")}
        vec4 result = vec4(${["x", "y", "z", "w"]
          .map((part) => `element(${names.map((name) => `all_${name}.${part}`).join(", ")})`)
          .join(", ")});
        ${clearBeyond(shape)}
        setOutput(result);
      }
    `,
  };
  const inputs = Object.values(operands);
  const numbers = Object.values(uniforms).map((value) => [value]);
  // The registry hands over backends untyped.
  return (backend as MathBackendWebGL).runWebGLProgram(program, inputs, output.dtype, numbers);
}
