/** @file Keeps the kernels of this package in the place of TensorFlow.js's, whenever and however these are registered. */
import * as tf from "@tensorflow/tfjs-core";
import type { BackendKernels } from "../kernels/sets/backend-kernels.ts";
import { globalMap, sharedSet } from "./global-map.ts";
import { addedKernel, addedKernels, addKernel, isOurs, putKernel } from "./own-kernels.ts";
import { packageWatch } from "./package-watch.ts";
import {
  addReplacements,
  lastReplacement,
  mendedBackends,
  mendedKernels,
  originOf,
  replacedKernel,
} from "./replaced-kernels.ts";
import { warnOfKernel } from "./warnings.ts";

/** The registry of TensorFlow.js, by the names of the backend and the kernel. */
type Registry = Map<string, tf.KernelConfig>;

/** On a registry that a copy of this package watches. */
const WATCHED = Symbol.for("@nnx-js/tensor/kernels");

/** The backends whose kernels have come to some copy of this package, which all copies share. */
export const kernelsOfAnyCopy = sharedSet("@nnx-js/tensor/loaded");

/** The kernels that somebody registered over ours. */
const foreign = new WeakSet<tf.KernelFunc>();
/** What somebody registered by hand before ours came, by its key in the registry. */
const early = new Map<string, Early>();

interface Early {
  readonly config: tf.KernelConfig;
  /** The kernel whose place it took. */
  readonly first: tf.KernelConfig | undefined;
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
  for (const backendName of mendedBackends()) mendBackend(backendName, { overOwn: true });
}

/** Whether the kernels for this backend have come. */
export function hasKernels(backendName: string): boolean {
  return mendedBackends().includes(backendName);
}

/** Puts the kernels for a backend in their places, now and whenever others are registered. Later calls do nothing. */
export function provideKernels(backendName: string, { added, replaced }: BackendKernels): void {
  if (hasKernels(backendName)) return;
  kernelsOfAnyCopy.add(backendName);
  addReplacements(backendName, replaced);
  added.forEach(addKernel);
  const registry = findRegistry();
  for (const [key, { config, first }] of early) {
    if (config.backendName !== backendName) continue;
    early.delete(key);
    const isThere = tf.getKernel(config.kernelName, backendName) === config;
    const isOwn = first || addedKernel(config.kernelName, backendName) !== undefined;
    // Now that ours are known, it is registered over one of them.
    if (isThere && isOwn) registry?.set(key, config);
  }
  mendBackend(backendName);
  if (registry) mendCopies(registry);
}

/** From now on replaces what is registered by others. Later calls do nothing. */
export function watchKernels(): void {
  const registry = findRegistry();
  if (registry) watch(registry);
}

/** Replaces those kernels of a backend that are not ours; those of somebody's own only if `overOwn`. */
export function mendBackend(backendName: string, { overOwn = false } = {}): void {
  const stays = ({ kernelFunc }: tf.KernelConfig) =>
    isOurs(kernelFunc) || (foreign.has(kernelFunc) && !overOwn);
  for (const kernelName of mendedKernels(backendName)) {
    const config = tf.getKernel(kernelName, backendName);
    if (!config || stays(config)) continue;
    // What came over ours is not what ours is made of.
    putKernel(lastReplacement(kernelName, backendName) ?? replacedKernel(config) ?? config);
  }
  for (const ours of addedKernels(backendName)) {
    const config = tf.getKernel(ours.kernelName, backendName);
    if (!config || !stays(config)) putKernel(ours);
  }
}

/** The map behind `tf.registerKernel`; undefined in a TensorFlow.js that has none, or hides it. */
function findRegistry(): Registry | undefined {
  const probe = { kernelName: "Probe", backendName: "nnx-probe", kernelFunc: () => [] };
  tf.registerKernel(probe);
  try {
    return globalMap<tf.KernelConfig>("kernelRegistry", (map) => map.get("nnx-probe_Probe") === probe);
  } finally {
    tf.unregisterKernel(probe.kernelName, probe.backendName);
  }
}

/** Replaces the kernels that were copied to backends of other names before this package was there. */
function mendCopies(registry: Registry): void {
  const origins = new Map<string, string>();
  // What is put on the way comes again at the end, as ours.
  for (const config of registry.values()) {
    const origin = originOf(config);
    const ours = origin !== undefined && replacedKernel(config);
    if (!ours) continue;
    origins.set(config.backendName, origin);
    putKernel(ours);
  }
  for (const [backendName, origin] of origins) {
    for (const ours of addedKernels(origin)) {
      if (!tf.getKernel(ours.kernelName, backendName)) putKernel({ ...ours, backendName });
    }
  }
}

/** Replaces each kernel as it is registered. */
function watch(registry: Registry): void {
  if (WATCHED in registry || !Object.isExtensible(registry)) return;
  const set = Map.prototype.set.bind(registry) as (key: string, config: tf.KernelConfig) => Registry;
  const known = new Map(registry);
  const overOurs = packageWatch<tf.KernelConfig>((key, config) => {
    early.delete(key);
    // TensorFlow.js sets kernels up when their backend is selected, which it may be already.
    const backend = tf.engine().registry[config.backendName];
    if (backend) config.setupFunc?.(backend);
    const ours = replacedKernel(config) ?? addedKernel(config.kernelName, config.backendName);
    if (ours) set(key, ours);
  });
  const watched = (key: string, config: tf.KernelConfig): Registry => {
    const first = known.get(key);
    if (!first) known.set(key, config);
    if (isOurs(config.kernelFunc)) return set(key, config);
    // What was replaced once is TensorFlow.js's, also if it comes again, or under another name of the backend.
    if (originOf(config) !== undefined) return set(key, replacedKernel(config) ?? config);
    if (!hasKernels(config.backendName)) {
      set(key, config);
      if (first?.kernelFunc !== config.kernelFunc) early.set(key, { config, first });
    } else if (!first && !addedKernel(config.kernelName, config.backendName)) {
      return set(key, replacedKernel(config) ?? config);
    } else set(key, isMended(config) ? warningOnce(config, (itself) => set(key, itself)) : config);
    overOurs(key, config);
    return registry;
  };
  Object.defineProperties(registry, { [WATCHED]: { value: true }, set: { value: watched } });
}

function isMended({ kernelName, backendName }: tf.KernelConfig): boolean {
  return (
    mendedKernels(backendName).includes(kernelName) || addedKernel(kernelName, backendName) !== undefined
  );
}

/** The kernel, which warns when it is first used and then puts itself back by `register`. */
function warningOnce(config: tf.KernelConfig, register: (itself: tf.KernelConfig) => void): tf.KernelConfig {
  const { kernelName, backendName } = config;
  const kernelFunc: tf.KernelFunc = (call) => {
    if (tf.getKernel(kernelName, backendName)?.kernelFunc === kernelFunc) register(config);
    warnOfKernel(kernelName, backendName);
    return config.kernelFunc(call);
  };
  foreign.add(kernelFunc).add(config.kernelFunc);
  return { ...config, kernelFunc };
}
