/** @file The targets that there are. */
import { loadWithBackend } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { JitArgumentError } from "../errors.ts";
import { kernels } from "./kernels/target.ts";
import { provided } from "./loaded.ts";
import type { Target, TargetName } from "./target.ts";
import { isReadable, READABLE } from "./wasm/readable.ts";
import { isWebGpu } from "./webgpu/device/backend.ts";

/** The names of all targets. */
export const TARGET_NAMES: readonly TargetName[] = ["webgpu", "wasm", "kernels"];

/** The targets that are loaded with the backends that need them. */
type LoadedTarget = Exclude<TargetName, "kernels">;

/** How they are loaded: by their public names, so that bundles of a single file can leave them out. */
const imports: Record<LoadedTarget, () => Promise<unknown>> = {
  wasm: () => import("@nnx-js/jit/wasm"),
  webgpu: () => import("@nnx-js/jit/webgpu"),
};

const loading = new Map<LoadedTarget, Promise<void>>();

function load(target: LoadedTarget): Promise<void> {
  const known = loading.get(target);
  if (known) return known;
  const coming = imports[target]().then(
    () => {},
    (error: unknown) => {
      // The next call may have better luck.
      loading.delete(target);
      throw error;
    },
  );
  loading.set(target, coming);
  return coming;
}

for (const backendName of READABLE) loadWithBackend(backendName, () => load("wasm"));
loadWithBackend(
  "webgpu",
  () => load("webgpu"),
  async () => provided("webgpu")?.prepare?.("webgpu"),
);

/** The target that an option names, for a function of this name. */
export function targetNamed(target: TargetName, name: string): Target {
  if (target === "kernels") return kernels;
  const loaded = provided(target);
  if (loaded) return loaded;
  throw new JitArgumentError(
    name,
    `expected the target ${target} to be loaded, found that it is not. Choose the backend by ` +
      `await useBackend("${target}"), which loads it, or import it before: import "@nnx-js/jit/${target}".`,
  );
}

/** The best target that is there, and when a better one is. */
export interface BestTarget {
  readonly target: Target;
  readonly better?: Promise<void> | undefined;
}

/** The best target where this backend is active. */
export function targetFor(backendName: string): BestTarget {
  const best = bestFor(backendName);
  if (!best) return { target: kernels };
  const target = provided(best);
  return target ? { target } : { target: kernels, better: load(best) };
}

function bestFor(backendName: string): LoadedTarget | undefined {
  if (isReadable(backendName)) return "wasm";
  return isWebGpu(tf.findBackend(backendName)) ? "webgpu" : undefined;
}
