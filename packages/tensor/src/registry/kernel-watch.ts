/** @file Sees each kernel that is registered, and remembers what somebody registers before ours have come. */
import * as tf from "@tensorflow/tfjs-core";
import { globalMap, sharedSet } from "./global-map.ts";
import { isOurs, putKernel } from "./own-kernels.ts";
import { packageWatch } from "./package-watch.ts";

/** The registry of TensorFlow.js, by the names of the backend and the kernel. */
export type Registry = Map<string, tf.KernelConfig>;

/** Puts kernels of ours in the place of others; it comes with the first of them. */
export interface Mender {
  /** Registers a kernel, or what takes its place; false where this is no affair of ours. */
  take(key: string, config: tf.KernelConfig, first: tf.KernelConfig | undefined): boolean;
  /** Replaces those kernels of a backend that are not ours; those of somebody's own only if `overOwn`. */
  mendBackend(backendName: string, options?: { overOwn?: boolean }): void;
  /** The backend whose kernel this is, if it was replaced there. */
  originOf(config: tf.KernelConfig): string | undefined;
}

/** A kernel that somebody registered by hand. */
interface Early {
  readonly config: tf.KernelConfig;
  /** The kernel whose place it took. */
  readonly first: tf.KernelConfig | undefined;
}

/** On a registry that a copy of this package watches. */
const WATCHED = Symbol.for("@nnx-js/tensor/kernels");

/** What somebody registered by hand before ours came, by its key in the registry. */
export const early = new Map<string, Early>();
/** The backends whose kernels have come. */
export const backendsWithKernels = new Set<string>();
/** The same of all copies of this package; `*` stands for the gradients. */
export const loadedByAnyCopy = sharedSet("@nnx-js/tensor/loaded");
/** The backends that need nothing more of this package, as long as nobody registers anything for them. */
export const complete = new Set<string>();

let mender: Mender | undefined;
let setUnwatched: Registry["set"] | undefined;

/** Has kernels be mended from now on. */
export function provideMender(provided: Mender): void {
  mender ??= provided;
}

/** What mends kernels, once it has come. */
export function theMender(): Mender | undefined {
  return mender;
}

/**
 * Puts the kernels of this package in the place of TensorFlow.js's. They come by themselves with the backend that is
 * chosen, and what is registered later is replaced as it comes.
 *
 * A kernel that you register over one of ours stays, and its first use warns. Call this to have ours again.
 */
export function registerKernels(): void {
  for (const { config, first } of early.values()) {
    if (first && tf.getKernel(config.kernelName, config.backendName) === config) putKernel(first);
  }
  early.clear();
  for (const backendName of backendsWithKernels) mender?.mendBackend(backendName, { overOwn: true });
}

/** Registers a kernel that nobody is to look at. */
export function setKernel(key: string, config: tf.KernelConfig): void {
  setUnwatched?.(key, config);
}

/** The map behind `tf.registerKernel`; undefined in a TensorFlow.js that has none, or hides it. */
export function findRegistry(): Registry | undefined {
  const probe = { kernelName: "Probe", backendName: "nnx-probe", kernelFunc: () => [] };
  tf.registerKernel(probe);
  try {
    return globalMap<tf.KernelConfig>("kernelRegistry", (map) => map.get("nnx-probe_Probe") === probe);
  } finally {
    tf.unregisterKernel(probe.kernelName, probe.backendName);
  }
}

/** From now on sees what is registered by others. Later calls do nothing. */
export function watchKernels(): void {
  const registry = findRegistry();
  if (!registry || WATCHED in registry || !Object.isExtensible(registry)) return;
  const set = Map.prototype.set.bind(registry) as Registry["set"];
  setUnwatched = set;
  const known = new Map(registry);
  // A package's are not somebody's own.
  const forget = packageWatch<tf.KernelConfig>((key) => early.delete(key));
  const watched = (key: string, config: tf.KernelConfig): Registry => {
    complete.delete(config.backendName);
    const first = known.get(key);
    if (!first) known.set(key, config);
    if (mender?.take(key, config, first)) return registry;
    set(key, config);
    if (isOurs(config.kernelFunc) || first?.kernelFunc === config.kernelFunc) return registry;
    early.set(key, { config, first });
    forget(key, config);
    return registry;
  };
  Object.defineProperties(registry, { [WATCHED]: { value: true }, set: { value: watched } });
}
