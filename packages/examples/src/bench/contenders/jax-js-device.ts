/** @file Where jax-js computes. */
import { defaultDevice, init } from "@jax-js/jax";

/**
 * Lets jax-js compute on the GPU where TensorFlow.js does, else in WebAssembly.
 *
 * @throws if it has no such device here
 */
export async function chooseDevice(backend: string): Promise<void> {
  const device = backend === "webgpu" ? "webgpu" : "wasm";
  if (!(await init(device)).includes(device)) throw new Error(`jax-js has no device ${device} here`);
  defaultDevice(device);
}
