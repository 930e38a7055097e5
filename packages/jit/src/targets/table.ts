/** @file The targets that there are. */
import { loadWithBackend } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { JitArgumentError } from "../errors.ts";
import { kernels } from "./kernels/target.ts";
import { provided } from "./loaded.ts";
import type { Target, TargetName } from "./target.ts";
import { wasm } from "./wasm/target.ts";
import { isWebGpu } from "./webgpu/device/backend.ts";

/** The names of all targets. */
export const TARGET_NAMES: readonly TargetName[] = ["webgpu", "wasm", "kernels"];

let loading: Promise<void> | undefined;

/**
 * Loads the target webgpu, which only those need who use that backend. By its public name, so that bundles of a single
 * file can leave it out.
 */
function loadWebGpu(): Promise<void> {
  return (loading ??= import("@nnx-js/jit/webgpu").then(
    () => {},
    (error: unknown) => {
      // The next call may have better luck.
      loading = undefined;
      throw error;
    },
  ));
}

loadWithBackend("webgpu", async () => {
  await loadWebGpu();
  await provided("webgpu")?.prepare?.("webgpu");
});

/** The target that an option names, for a function of this name. */
export function targetNamed(target: TargetName, name: string): Target {
  if (target === "wasm") return wasm;
  if (target === "kernels") return kernels;
  const webgpu = provided(target);
  if (webgpu) return webgpu;
  throw new JitArgumentError(
    name,
    `expected the target webgpu to be loaded, found that it is not. Choose the backend by await useBackend("webgpu"), ` +
      `which loads it, or import it before: import "@nnx-js/jit/webgpu".`,
  );
}

/** The best target that is there, and when a better one is. */
export interface BestTarget {
  readonly target: Target;
  readonly better?: Promise<void> | undefined;
}

/** The best target where this backend is active. */
export function targetFor(backendName: string): BestTarget {
  if (wasm.isFor(backendName)) return { target: wasm };
  if (!isWebGpu(tf.findBackend(backendName))) return { target: kernels };
  const webgpu = provided("webgpu");
  return webgpu ? { target: webgpu } : { target: kernels, better: loadWebGpu() };
}
