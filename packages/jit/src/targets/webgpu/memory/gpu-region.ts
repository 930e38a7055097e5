/** @file A tensor's place in the memory of a GPU. */
import { VariableValueError } from "@nnx-js/nn";
import type * as tf from "@tensorflow/tfjs-core";
import type { Dtype } from "@nnx-js/nn/trace";
import type { Arena } from "../../../memory/arena.ts";
import type { Region } from "../../../residency/region.ts";
import type { GpuHeap } from "./gpu-heap.ts";
import { download, newTensor, upload } from "./transfer.ts";

/** A piece of the heap of a device for the elements of one tensor, by its owner to be freed. */
export class GpuRegion implements Region {
  readonly address: number;
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  readonly length: number;
  readonly #heap: GpuHeap;
  readonly #owner: GpuHeap | Arena<GpuHeap>;
  /** The data of the tensor that was put here last, in a piece of one program: it writes to no parameter of its own. */
  #content: tf.DataId | undefined;

  constructor(owner: GpuHeap | Arena<GpuHeap>, shape: readonly number[], dtype: Dtype) {
    this.#owner = owner;
    this.#heap = "space" in owner ? owner.space : owner;
    this.shape = [...shape];
    this.dtype = dtype;
    this.length = shape.reduce((size, length) => size * length, 1);
    this.address = owner.allocate(4 * this.length);
  }

  /** A tensor that is there already costs nothing, where nobody else writes. */
  fill(tensor: tf.Tensor): void {
    if (this.#content === tensor.dataId) return;
    this.#content = undefined;
    const isFixed = upload(this.#heap, this.address, tensor, this.length);
    if (isFixed && this.#heap !== this.#owner) this.#content = tensor.dataId;
  }

  /** On the device's backend, whatever backend is active: no other could have the elements at once. */
  reserve(): tf.Tensor {
    const { loss } = this.#heap;
    if (loss !== undefined) {
      throw new VariableValueError(
        `The value was on a GPU that was lost (${loss}), and with it its values. Begin anew on a device that ` +
          `works, await useBackend("webgpu"), and load the model from the last checkpoint: await loadModel(model, path). ` +
          `What was read before the loss, on another backend, is still there.`,
      );
    }
    return newTensor(this.#heap.backend, this);
  }

  toTensor(_: tf.KernelBackend, reserved = this.reserve()): tf.Tensor {
    if (this.length > 0) download(this.#heap, this.address, reserved, this.length);
    return reserved;
  }

  free(): void {
    this.#owner.release(this.address);
  }
}
