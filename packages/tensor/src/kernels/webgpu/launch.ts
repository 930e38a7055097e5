/** @file Runs WGSL on the webgpu backend: one thread an element of a flat output. */
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import * as tf from "@tensorflow/tfjs-core";
import type { TensorSpec } from "../shapes.ts";

/** A value that changes between launches of the same code; `type` is its WGSL type. */
export interface Uniform {
  type: "i32" | "u32" | "f32" | "vec4<f32>";
  data: number | number[];
}

/** One launch. */
export interface Launch {
  /** Names the code: two launches with the same name and dtypes must have the same code. */
  name: string;
  /** WGSL functions that the body calls. */
  library?: string | undefined;
  /** WGSL statements that write `result` for `index: i32`; booleans are stored as i32. */
  body: string;
  /** Input buffers by the name they have in the code. */
  inputs: Record<string, tf.TensorInfo>;
  output: TensorSpec;
  uniforms?: Record<string, Uniform> | undefined;
  /**
   * A tensor that the code changes, as `array<atomic<i32>>` whatever its dtype; `output` only says how many threads
   * there are.
   */
  into?: tf.TensorInfo | undefined;
}

const WORKGROUP = 64;
/** How many workgroups one dimension of a dispatch can have on every device. */
const MOST_WORKGROUPS = 65_535;
const HOST_TYPES = { i32: "int32", u32: "uint32", f32: "float32", "vec4<f32>": "float32" } as const;

/** Enqueues the code for every element of the output and returns the output. */
export function launch(
  backend: WebGPUBackend,
  { name, inputs, output, uniforms = {}, into, ...code }: Launch,
) {
  const size = tf.util.sizeFromShape([...output.shape]);
  const declared = Object.entries(uniforms);
  const program = {
    shaderKey: `nnx_${name}`,
    variableNames: Object.keys(inputs),
    // Flat: the code does not depend on the rank then, and ranks above 6 work.
    outputShape: [size],
    dispatchLayout: { x: [0] },
    dispatch: dispatchOf(Math.ceil(size / WORKGROUP)),
    workgroupSize: [WORKGROUP, 1, 1] satisfies [number, number, number],
    size: true,
    ...(into && { atomic: true }),
    uniforms: declared.map(([field, { type }]) => `${field} : ${type}, `).join(""),
    getUserCode: () => `
      ${code.library ?? ""}
      fn main(index : i32) {
        if (index < uniforms.size) {
          ${code.body}
        }
      }
    `,
  };
  const values = declared.map(([, { type, data }]) => ({
    type: HOST_TYPES[type],
    data: typeof data === "number" ? [data] : data,
  }));
  const target = into && { ...into, shape: [tf.util.sizeFromShape(into.shape)] };
  const flat = backend.runWebGPUProgram(program, Object.values(inputs), output.dtype, values, target);
  return { ...flat, shape: [...output.shape] };
}

/** At least so many workgroups: in a rectangle where there are more than a row can hold. */
export function dispatchOf(workgroups: number): [x: number, y: number, z: number] {
  const rows = Math.ceil(workgroups / MOST_WORKGROUPS);
  return rows <= 1 ? [workgroups, 1, 1] : [Math.ceil(workgroups / rows), rows, 1];
}
