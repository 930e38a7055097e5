/** @file Packed int8 in WGSL. */
import type * as tf from "@tensorflow/tfjs-core";
import { webGpuKernel } from "../webgpu/kernel.ts";
import { launch } from "../webgpu/launch.ts";
import { flat } from "../webgpu/strided.ts";
import { isLong } from "../sums/long.ts";
import { int8Words } from "./layout.ts";
import { int8MatMulByUnpacking } from "./unpacking.ts";

/** From so many rows on, words are made floats first: each thread of this kernel unpacks for itself. */
const MANY_ROWS = 8;

const BYTE = `
  fn byte_of(word : i32, column : i32, width : i32) -> f32 {
    return f32((word << (24u - 8u * u32(column / width))) >> 24u);
  }
`;

const unpack = webGpuKernel("Int8Unpack", (backend, { words }, { columns }, output) =>
  launch(backend, {
    name: "int8_unpack",
    library: BYTE,
    body: `
      let row = index / uniforms.columns;
      let column = index % uniforms.columns;
      let word = words[row * uniforms.width + column % uniforms.width];
      result[index] = byte_of(word, column, uniforms.width);
    `,
    inputs: { words: flat(words) },
    uniforms: widths(columns),
    output,
  }),
);

const product = webGpuKernel("Int8MatMul", (backend, { x, words }, { columns }, output) =>
  launch(backend, {
    name: "int8_mat_mul",
    library: BYTE,
    body: `
      let row = index / uniforms.columns;
      let column = index % uniforms.columns;
      var sum = 0.0;
      for (var k = 0; k < uniforms.terms; k++) {
        let word = words[k * uniforms.width + column % uniforms.width];
        sum += x[row * uniforms.terms + k] * byte_of(word, column, uniforms.width);
      }
      result[index] = sum;
    `,
    inputs: { x: flat(x), words: flat(words) },
    uniforms: { ...widths(columns), terms: { type: "i32", data: words.shape[0]! } },
    output,
  }),
);

function widths(columns: number) {
  return {
    columns: { type: "i32" as const, data: columns },
    width: { type: "i32" as const, data: int8Words(columns) },
  };
}

export const int8OnWebGpu: readonly tf.KernelConfig[] = [
  unpack,
  {
    ...product,
    kernelFunc: (call) => {
      const [m, k] = (call.inputs["x"] as tf.TensorInfo).shape as [number, number];
      return m >= MANY_ROWS || isLong(k) ? int8MatMulByUnpacking(call) : product.kernelFunc(call);
    },
  },
];
