/** @file A tensor's place in the heap. */
import type * as tf from "@tensorflow/tfjs-core";
import type { Dtype } from "@nnx-js/nn/trace";
import type { Region } from "../../../residency/region.ts";
import { type Allocator, HeapArena } from "./arena.ts";
import { download, reserve, upload } from "./transfer.ts";
import { PackedCopies } from "../weights/copies.ts";
import { Window } from "./window.ts";

/** A piece of the heap for the elements of one tensor, by its owner to be freed. */
export class HeapRegion implements Region {
  readonly address: number;
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  readonly length: number;
  /** The tensors that go in or out. */
  readonly outside = new Window();
  /** Goes up when other elements are put there. */
  revision = 0;
  /** Copies of the elements that products take. */
  readonly copies: PackedCopies;
  readonly #heap: Allocator;
  /** Of the buffer that the heap had when it was made. */
  #view: Float32Array | Int32Array | undefined;
  /** The data of the tensor that was put here last, in a piece of one program: it writes to no parameter of its own. */
  #content: tf.DataId | undefined;

  constructor(heap: Allocator, shape: readonly number[], dtype: Dtype) {
    this.#heap = heap;
    this.copies = new PackedCopies(heap);
    this.shape = [...shape];
    this.dtype = dtype;
    this.length = shape.reduce((size, length) => size * length, 1);
    this.address = heap.allocate(4 * this.length);
  }

  /** The elements, until the heap grows; booleans are 0 and 1. */
  elements(): Float32Array | Int32Array {
    const view = this.#view;
    if (view && view.buffer === this.#heap.memory.buffer) return view;
    return (this.#view =
      this.dtype === "float32"
        ? this.#heap.float32(this.address, this.length)
        : this.#heap.int32(this.address, this.length));
  }

  /** A tensor that is there already costs nothing, where nobody else writes. */
  fill(tensor: tf.Tensor): void {
    if (this.#content === tensor.dataId) return;
    this.revision++;
    this.#content = undefined;
    const isFixed = upload(tensor, this);
    if (isFixed && this.#heap instanceof HeapArena) this.#content = tensor.dataId;
  }

  reserve(backend: tf.KernelBackend): tf.Tensor | undefined {
    return reserve(this, backend);
  }

  toTensor(backend: tf.KernelBackend, reserved = this.reserve(backend)): tf.Tensor {
    return download(this, backend, reserved);
  }

  free(): void {
    this.copies.dispose();
    this.#heap.release(this.address);
  }
}
