/** @file Views of the wasm backend's memory that are kept: making one takes longer than copying a small tensor. */
import type * as tf from "@tensorflow/tfjs-core";

/** What the wasm backend has to reach its memory. */
export interface MemoryBackend {
  readonly wasm: { readonly HEAPU8: Uint8Array };
  getMemoryOffset(dataId: tf.DataId): number;
}

/**
 * The elements of the tensors that stand at one place of a program, call after call: a new one often lies where the
 * last one lay.
 */
export class Window {
  #view: Float32Array | Int32Array | Uint8Array | undefined;

  /** The elements of a tensor, until the backend's memory grows. */
  on(
    backend: MemoryBackend,
    { dataId, dtype }: tf.TensorInfo,
    length: number,
  ): Float32Array | Int32Array | Uint8Array {
    const { buffer } = backend.wasm.HEAPU8;
    const offset = backend.getMemoryOffset(dataId);
    const view = this.#view;
    if (view && view.byteOffset === offset && view.buffer === buffer && view.length === length) return view;
    if (dtype === "float32") this.#view = new Float32Array(buffer, offset, length);
    else if (dtype === "int32") this.#view = new Int32Array(buffer, offset, length);
    else this.#view = new Uint8Array(buffer, offset, length);
    return this.#view;
  }
}
