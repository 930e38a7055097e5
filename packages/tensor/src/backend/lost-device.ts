/** @file Finds out whether a backend has lost its GPU. */
import type * as tf from "@tensorflow/tfjs-core";

/** What the webgpu backend has, and others have not. */
interface OnDevice extends tf.KernelBackend {
  readonly device?: { readonly lost?: Promise<unknown> };
}

/** Whether the device of a webgpu backend is lost: a driver was reset, a GPU unplugged, `device.destroy()` called. */
export async function isLost(backend: tf.KernelBackend): Promise<boolean> {
  const { device } = backend as OnDevice;
  if (!device?.lost) return false;
  // A promise that is settled already is the first one.
  const later = new Promise<false>((resolve) => setTimeout(resolve, 0, false));
  return Promise.race([device.lost.then(() => true as const), later]);
}
