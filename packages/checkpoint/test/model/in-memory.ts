/** @file Files in memory, for tests of models. */
import {
  memoryTarget,
  saveModel,
  type SaveOptions,
  type StoredDtype,
  type TensorFile,
} from "@nnx-js/checkpoint";
import { isVariable, state } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";

/** The bytes that `saveModel` writes. */
export async function saved(node: unknown, options?: SaveOptions): Promise<Uint8Array> {
  const target = memoryTarget();
  await saveModel(node, target, options);
  return target.bytes();
}

/** A safetensors file by hand. */
export function fileOf(
  tensors: Readonly<Record<string, { dtype: StoredDtype; shape: readonly number[]; data: ArrayBufferView }>>,
  metadata?: Readonly<Record<string, string>>,
): Uint8Array {
  let end = 0;
  const header: Record<string, unknown> = metadata ? { __metadata__: metadata } : {};
  for (const [name, { dtype, shape, data }] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [end, (end += data.byteLength)] };
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  let at = 8 + text.length;
  for (const { data } of Object.values(tensors)) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/** What the header of a file says. */
export function headerOf(bytes: Uint8Array): Record<string, Record<string, unknown>> {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  return JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as Record<string, Record<string, unknown>>; // prettier-ignore
}

/** The values of all leaves by path, as numbers. */
export async function valuesOf(node: unknown): Promise<Record<string, number[]>> {
  const values: Record<string, number[]> = {};
  for (const [path, leaf] of state(node)) {
    const tensor = isVariable(leaf) ? leaf.value : leaf;
    values[JSON.stringify(path)] = [...(await tensor.data())];
  }
  return values;
}

/** Zeros of every leaf's shape in its place. */
export function clear(node: unknown): void {
  for (const [, leaf] of state(node)) if (isVariable(leaf)) leaf.value = tf.zerosLike(leaf.value);
}

/** A file whose nth read fails, and what was read before. */
export function failingAt(file: TensorFile, nth: number): TensorFile {
  let reads = 0;
  return {
    ...file,
    async tensor(name) {
      if (reads++ === nth) throw new Error("the disk is gone");
      return file.tensor(name);
    },
  };
}
