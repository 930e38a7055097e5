/** @file What a backend offers to kernels that run in JavaScript. */
import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { TensorSpec } from "../shapes.ts";

/** A tensor's elements, row-major; booleans are bytes. */
export type HostArray = Float32Array | Int32Array | Uint8Array;

/** Reading and making a backend's tensors. */
export interface Host {
  /** The name the backend is registered under. */
  backendName: string;
  /** The elements of an input, not to be written to; valid until the backend makes another tensor. */
  read(backend: object, info: TensorInfo, kernelName: string): HostArray;
  /** A new tensor and the array to write its elements to. */
  make(backend: object, spec: TensorSpec): [TensorInfo, HostArray];
}

/** A new array for a tensor's elements. */
export function newArray({ shape, dtype }: TensorSpec): HostArray {
  const size = shape.reduce((product, length) => product * length, 1);
  if (dtype === "float32") return new Float32Array(size);
  return dtype === "bool" ? new Uint8Array(size) : new Int32Array(size);
}
