/** @file Products of single matrices by wasm's fast kernel, wherever in the heap they lie. */
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";

/** The shape with which the memory of a tensor first was a right operand. */
const packedShapes = new WeakMap<tf.DataId, string>();

/**
 * Whether `b` can be the right operand [k, n] of a product under its own id, which keeps it packed for the next one.
 *
 * XNNPACK packs a right operand once for each id, and knows it again by that id alone: in another shape, or as
 * another matrix of a batch, it would be multiplied as it was first.
 */
export function isPackedAs(b: tf.TensorInfo, k: number, n: number): boolean {
  const shape = `${k},${n}`;
  const packed = packedShapes.get(b.dataId);
  if (packed === undefined) packedShapes.set(b.dataId, shape);
  return packed === undefined || packed === shape;
}

/** Writes the product of matrix `ofA` of `a` and `ofB` of `b` to matrix `ofOut` of the output. */
export type Multiply = (ofA: number, ofB: number, ofOut: number) => void;

/** Lets `use` multiply float32 matrices [m, k] of `a` by matrices [k, n] of `b`. */
export function withProducts(
  backend: BackendWasm,
  { a, b, out }: { a: tf.TensorInfo; b: tf.TensorInfo; out: tf.TensorInfo },
  [m, k, n]: readonly [m: number, k: number, n: number],
  use: (multiply: Multiply) => void,
): void {
  const kernel = kernelOf(backend);
  const [matrixOfA, matrixOfB, matrixOfOut] = [
    matricesOf(backend, a, m * k),
    matricesOf(backend, b, k * n),
    matricesOf(backend, out, m * n),
  ];
  const [aShape, bShape] = [bytesOf([1, m, k]), bytesOf([1, k, n])];
  use((ofA, ofB, ofOut) => {
    const [aId, bId, outId] = [matrixOfA(ofA), matrixOfB(ofB), matrixOfOut(ofOut)];
    kernel(aId, aShape, 3, bId, bShape, 3, 0, 0, outId);
    for (const id of [aId, bId, outId]) backend.wasm.tfjs.disposeData(id);
  });
}

/** Gives one matrix of a tensor an id of its own, without memory of its own. */
function matricesOf(
  backend: BackendWasm,
  { dataId }: tf.TensorInfo,
  size: number,
): (index: number) => number {
  const start = backend.getMemoryOffset(dataId);
  return (index) => {
    const id = backend["dataIdNextNumber"]++;
    backend.wasm.tfjs.registerTensor(id, size, start + index * size * Float32Array.BYTES_PER_ELEMENT);
    return id;
  };
}

function bytesOf(shape: number[]): Uint8Array {
  return new Uint8Array(new Int32Array(shape).buffer);
}

/** TensorFlow.js's C++ kernel; XNNPACK for single matrices that are not to be transposed. */
type BatchMatMul = (
  aId: number,
  aShape: Uint8Array,
  aRank: number,
  bId: number,
  bShape: Uint8Array,
  bRank: number,
  transposeA: number,
  transposeB: number,
  outId: number,
) => void;

const TYPES = ["number", "array", "number", "number", "array", "number", "number", "number", "number"];

interface Emscripten {
  cwrap: (name: string, returns: null, takes: readonly string[]) => BatchMatMul;
}

const kernels = new WeakMap<BackendWasm, BatchMatMul>();

function kernelOf(backend: BackendWasm): BatchMatMul {
  const known = kernels.get(backend);
  if (known) return known;
  // Emscripten's function is there, though the module's types leave it out; what it gives takes what `TYPES` says.
  const { cwrap } = backend.wasm as unknown as Emscripten;
  const kernel = cwrap(tf.BatchMatMul, null, TYPES);
  kernels.set(backend, kernel);
  return kernel;
}
