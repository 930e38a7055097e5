/** @file Loads the kernels and gradients of this package, together with the backend that needs them. */
import * as tf from "@tensorflow/tfjs-core";
import { reasonOf } from "../backend/errors.ts";
import type { BackendKernels } from "../kernels/sets/backend-kernels.ts";
import { ours, provideGradients } from "./gradient-registry.ts";
import { backendsWithKernels, complete, loadedByAnyCopy, theMender } from "./kernel-watch.ts";
import { BackendNotReadyError } from "./not-ready-error.ts";
import { isOurs } from "./own-kernels.ts";

/** How the kernels of each backend are loaded. */
const kernelsFor: Record<string, () => Promise<BackendKernels>> = {
  cpu: async () => (await import("../kernels/sets/cpu.ts")).cpuKernels,
  wasm: async () => (await import("../kernels/sets/wasm.ts")).wasmKernels,
  webgl: async () => (await import("../kernels/sets/webgl.ts")).webGlKernels,
  webgpu: async () => (await import("../kernels/sets/webgpu.ts")).webGpuKernels,
};

/** Why the last attempt failed, by the name of the backend; not that of one that succeeded since. */
const failures = new Map<string, string>();

/** Loads what is not there yet; a failed import is tried again by the next call. */
export async function loadOwn(backendName: string): Promise<void> {
  // Kernels may have been copied to it since, where the registry cannot be watched.
  complete.delete(backendName);
  const origin = knownBackend(backendName);
  try {
    await Promise.all([
      ours ||
        import("../gradients/index.ts").then((module) => {
          provideGradients(module.gradients, module.mendTape);
        }),
      origin === undefined ||
        backendsWithKernels.has(origin) ||
        Promise.all([import("./kernel-registry.ts"), kernelsFor[origin]!()]).then(
          ([{ provideKernels }, kernels]) => {
            provideKernels(origin, kernels);
          },
        ),
    ]);
    failures.delete(backendName);
  } catch (error) {
    failures.set(backendName, reasonOf(error));
    throw error;
  }
}

/** Whether the kernels that the backend needs of this package are there, be it by another copy of it. */
function isLoaded(backendName: string): boolean {
  if (complete.has(backendName)) return true;
  const origin = knownBackend(backendName);
  if (origin !== undefined && !loadedByAnyCopy.has(origin)) return false;
  complete.add(backendName);
  return true;
}

/** @throws BackendNotReadyError where kernels would run without ours, and loads these */
export function assertLoaded(kernelName: string, backendName: string): void {
  if (isLoaded(backendName)) return;
  // The error says what to wait for.
  loadOwn(backendName).catch(() => {});
  throw new BackendNotReadyError(kernelName, backendName, failures.get(backendName));
}

/** @throws BackendNotReadyError where a gradient is asked for before there are any */
export function assertGradients(): void {
  if (loadedByAnyCopy.has("*")) return;
  const backendName = tf.getBackend() as string | null;
  throw new BackendNotReadyError("gradients", backendName, failures.get(backendName!));
}

/** The backend whose kernels run under this name: itself, or the one that they were copied from. */
function knownBackend(backendName: string): string | undefined {
  if (backendName in kernelsFor) return backendName;
  for (const config of tf.getKernelsForBackend(backendName)) {
    const origin = theMender()?.originOf(config);
    if (origin !== undefined) return origin;
    if (isOurs(config.kernelFunc)) continue;
    const copied = Object.keys(kernelsFor).find(
      (known) => tf.getKernel(config.kernelName, known)?.kernelFunc === config.kernelFunc,
    );
    if (copied !== undefined) return copied;
  }
  return undefined;
}
