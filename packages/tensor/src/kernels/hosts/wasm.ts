/** @file The wasm backend's tensors as arrays. */
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import type { Host } from "./host.ts";

export const wasm: Host = {
  backendName: "wasm",
  // A view of the heap: nothing is copied.
  read: (backend, info) => (backend as BackendWasm).typedArrayFromHeap(info),
  make(backend, { shape, dtype }) {
    // The registry hands over backends untyped.
    const owner = backend as BackendWasm;
    const info = owner.makeOutput([...shape], dtype);
    return [info, owner.typedArrayFromHeap(info)];
  },
};
