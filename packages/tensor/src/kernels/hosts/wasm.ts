/** @file The wasm backend's tensors as arrays. */
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import type { Host, HostArray } from "./host.ts";

export const wasm: Host = {
  backendName: "wasm",
  // A copy: a view of the heap would be cut off when making the output grows it.
  read: (backend, { dataId }) => (backend as BackendWasm).readSync(dataId) as HostArray,
  make(backend, { shape, dtype }) {
    // The registry hands over backends untyped.
    const owner = backend as BackendWasm;
    const info = owner.makeOutput([...shape], dtype);
    return [info, owner.typedArrayFromHeap(info)];
  },
};
