/** @file The heap of each device: one, so that a Variable that a function has written is there for the next. */
import * as tf from "@tensorflow/tfjs-core";
import { Holdings } from "../../../memory/holdings.ts";
import { isWebGpu, type WebGpuBackend } from "../device/backend.ts";
import { GpuHeap } from "./gpu-heap.ts";

/** A program is idle when others have been used so many times since it was used. */
const IDLE = 256;

const heaps = new WeakMap<WebGpuBackend, GpuHeap>();

/**
 * The heap of the device of a backend, made when it is first needed. Where it is full, programs that were not used for
 * long make room. When the device is lost, all of them are given up.
 */
export function heapOf(backend: WebGpuBackend): GpuHeap {
  let heap = heaps.get(backend);
  if (!heap) {
    const made = new GpuHeap(backend);
    made.makeRoom = (what) => Holdings.disposeOldest(made, what === "idle" ? IDLE : 1);
    made.onLoss = () => Holdings.disposeAllIn(made);
    heaps.set(backend, (heap = made));
  }
  return heap;
}

/** What compiled functions take of the memory of a GPU, beside the tensors that `tf.memory()` counts. */
export interface GpuMemory {
  /** Bytes of Variables, programs and what they are working on. */
  readonly bytesUsed: number;
  /** Bytes of the buffer that they lie in: it grows as needed, and is freed with the device. */
  readonly bytesReserved: number;
}

/** The memory of the active backend's GPU that compiled functions take: none where it is not webgpu. */
export function gpuMemory(): GpuMemory {
  const backend = tf.findBackend(tf.getBackend());
  const heap = isWebGpu(backend) ? heaps.get(backend) : undefined;
  return { bytesUsed: heap?.used ?? 0, bytesReserved: heap?.size ?? 0 };
}
