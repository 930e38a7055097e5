/** @file Packed int8 on wasm. */
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { hostKernelFunc } from "../host.ts";
import { wasm } from "../hosts/wasm.ts";
import { simdKernels } from "../simd/instance.ts";
import { isLong } from "../sums/long.ts";
import { int8UnpackOnHost } from "./host.ts";
import { int8Words } from "./layout.ts";
import { int8MatMulByUnpacking } from "./unpacking.ts";

/** Measured: from so many rows on it is faster to make the words floats first. */
const MANY_ROWS = 64;
/** Rows that share what is made of a word. */
const TOGETHER = 2;

const unpackOnHost = hostKernelFunc("Int8Unpack", int8UnpackOnHost, wasm);

const unpack: tf.KernelFunc = (call) => {
  const words = call.inputs["words"] as tf.TensorInfo;
  // The registry erases the types that `runKernel` was called with.
  const { columns } = call.attrs as unknown as { columns: number };
  const backend = call.backend as BackendWasm;
  const width = int8Words(columns);
  const simd = simdKernels(backend);
  // Rows that end within a vector would be written over each other.
  if (!simd || columns !== 4 * width || columns === 0) return unpackOnHost(call);
  const out = backend.makeOutput([...words.shape.slice(0, -1), columns], "float32");
  const rows = tf.util.sizeFromShape(words.shape) / width;
  simd.int8Unpack(addressOf(backend, words), addressOf(backend, out), rows, width);
  return out;
};

const product: tf.KernelFunc = (call) => {
  const { x, words } = call.inputs as { x: tf.TensorInfo; words: tf.TensorInfo };
  const { columns } = call.attrs as unknown as { columns: number };
  const backend = call.backend as BackendWasm;
  const [m, k] = x.shape as [number, number];
  const simd = simdKernels(backend);
  if (!simd || m >= MANY_ROWS || isLong(k) || columns === 0) return int8MatMulByUnpacking(call);
  const width = int8Words(columns);
  const out = backend.makeOutput([m, columns], "float32");
  // Sums of whole vectors, of two rows at a time, in the order of the words.
  const sums = backend.makeOutput([TOGETHER, 4 * width], "float32");
  const [of, from, to] = [addressOf(backend, sums), addressOf(backend, x), addressOf(backend, words)];
  const [all, result] = [wasm.read(backend, sums, ""), wasm.read(backend, out, "")];
  for (let row = 0; row < m; row += TOGETHER) {
    all.fill(0);
    const rows = Math.min(TOGETHER, m - row);
    const first = from + row * k * Float32Array.BYTES_PER_ELEMENT;
    if (rows === TOGETHER) simd.int8MultiplyTwo(first, to, of, k, width);
    else simd.int8Multiply(first, to, of, k, width);
    for (let i = 0; i < rows; i++) {
      const sumsOfRow = all.subarray(i * 4 * width, (i + 1) * 4 * width);
      putColumns(sumsOfRow, result.subarray((row + i) * columns, (row + i + 1) * columns), width);
    }
  }
  backend.disposeData(sums.dataId);
  return out;
};

/** From the order of words to that of columns, of which there may be fewer. */
function putColumns(sums: ArrayLike<number>, to: { length: number; [at: number]: number }, width: number) {
  for (let byte = 0, at = 0; at < to.length; byte++) {
    const end = Math.min(to.length, at + width);
    for (let from = byte; at < end; at++, from += 4) to[at] = sums[from]!;
  }
}

function addressOf(backend: BackendWasm, { dataId }: tf.TensorInfo): number {
  return backend.getMemoryOffset(dataId);
}

export const int8OnWasm: readonly tf.KernelConfig[] = [
  { kernelName: "Int8MatMul", backendName: "wasm", kernelFunc: product },
  { kernelName: "Int8Unpack", backendName: "wasm", kernelFunc: unpack },
];
