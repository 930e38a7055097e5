/** @file Elementwise expressions in WGSL. */
import * as tf from "@tensorflow/tfjs-core";
import type { KernelName } from "../shapes.ts";
import { launch, type Uniform } from "../webgpu/launch.ts";
import { webGpuKernel } from "../webgpu/kernel.ts";
import type { Expression } from "./expression.ts";

/** The kernel for the webgpu backend. */
export function expressionOnWebGpu<K extends KernelName>(
  kernelName: K,
  { inputs: names, attrs: attrNames, element }: Expression<K>,
): tf.KernelConfig {
  const parameters = [...names, ...attrNames].map((name) => `${name}: f32`);
  return webGpuKernel(kernelName, (backend, inputs, attrs, output) => {
    // Flat, so that one pipeline serves all shapes.
    const flat = names.map((name): [string, tf.TensorInfo] => [name, flatten(inputs[name])]);
    const values = flat.map(([name, { shape }]) => `${name}[${shape.length === 0 ? "0" : "index"}]`);
    const scalars = flat.map(([, { shape }]) => (shape.length === 0 ? "s" : "t"));
    return launch(backend, {
      name: `${kernelName}_${scalars.join("")}`,
      library: `fn element(${parameters.join(", ")}) -> f32 { return ${element}; }`,
      body: `result[index] = element(${[...values, ...attrNames.map((name) => `uniforms.${name}`)].join(", ")});`,
      inputs: Object.fromEntries(flat),
      // `Expression` asks for attributes that are numbers.
      uniforms: Object.fromEntries(
        attrNames.map((name): [string, Uniform] => [name, { type: "f32", data: attrs[name] as number }]),
      ),
      output,
    });
  });
}

function flatten(info: tf.TensorInfo): tf.TensorInfo {
  return info.shape.length < 2 ? info : { ...info, shape: [tf.util.sizeFromShape(info.shape)] };
}
