/** @file Runs WGSL over tensors that are read by strides: broadcasts, slices, transposes, flips. */
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import type * as tf from "@tensorflow/tfjs-core";
import type { TensorSpec } from "../shapes.ts";
import { collapse } from "../strided/collapse.ts";
import type { Strides } from "../strided/walk.ts";
import { launch, type Uniform } from "./launch.ts";

/** A launch over the elements of the output. */
export interface StridedLaunch {
  /** Names the code, which may depend on the dtypes of the inputs only. */
  name: string;
  /** The value of an element, from those of the operands by name. */
  element: string;
  library?: string;
  operands: Record<string, { info: tf.TensorInfo; strides: Strides }>;
  output: TensorSpec;
  uniforms?: Record<string, Uniform>;
}

const int = (data: number): Uniform => ({ type: "i32", data });

/** Enqueues the code. Values are as they are stored: i32 for int32 and bool. */
export function launchStrided(backend: WebGPUBackend, call: StridedLaunch): tf.TensorInfo {
  const names = Object.keys(call.operands);
  const { shape, operands } = collapse(call.output.shape, names.map((name) => call.operands[name]!.strides)); // prettier-ignore
  const uniforms: Record<string, Uniform> = { ...call.uniforms };
  const places = names.map((name, i) => {
    uniforms[`start_${name}`] = int(operands[i]!.start);
    for (const [axis, step] of operands[i]!.steps.entries()) uniforms[`step_${name}_${axis}`] = int(step);
    return `var at_${name} = uniforms.start_${name};`;
  });
  for (const [axis, size] of shape.entries()) uniforms[`size_${axis}`] = int(size);
  const axes = shape
    .map((_, i) => shape.length - 1 - i)
    .map(
      (axis) => `
      coordinate = rest % uniforms.size_${axis};
      rest = rest / uniforms.size_${axis};
      ${names.map((name) => `at_${name} += coordinate * uniforms.step_${name}_${axis};`).join("\n")}
    `,
    );
  const body = `
    var rest = index;
    var coordinate = 0;
    ${places.join("\n")}
    ${axes.join("\n")}
    ${names.map((name) => `let ${name} = in_${name}[at_${name}];`).join("\n")}
    result[index] = ${call.element};
  `;
  return launch(backend, {
    name: `${call.name}_${shape.length}`,
    library: call.library,
    body,
    // Flat: the code knows where each element lies.
    inputs: Object.fromEntries(names.map((name) => [`in_${name}`, flat(call.operands[name]!.info)])),
    uniforms,
    output: call.output,
  });
}

/** As a tensor of one axis. */
export function flat(info: tf.TensorInfo): tf.TensorInfo {
  return { ...info, shape: [info.shape.reduce((size, length) => size * length, 1)] };
}
