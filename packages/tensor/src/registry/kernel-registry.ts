/** @file Keeps the kernels of this package in the place of TensorFlow.js's, whenever and however these are registered. */
import * as tf from "@tensorflow/tfjs-core";
import "../kernels/register.ts";
import { globalMap } from "./global-map.ts";
import { addedKernel, addedKernels, isOurs, putKernel } from "./own-kernels.ts";
import { packageWatch } from "./package-watch.ts";
import {
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

/** The kernels that somebody registered over ours. */
const foreign = new WeakSet<tf.KernelFunc>();

/**
 * Puts the kernels of this package in the place of TensorFlow.js's, for every backend; importing `@nnx-js/tensor` calls
 * it, and what is registered later is replaced as it comes.
 *
 * A kernel that you register over one of ours stays, and its first use warns. Call this to have ours again.
 */
export function registerKernels(): void {
  for (const backendName of mendedBackends()) mendBackend(backendName, { overOwn: true });
}

/** Registers the kernels, and from now on replaces what is registered by others. */
export function keepKernels(): void {
  registerKernels();
  const registry = findRegistry();
  if (!registry) return;
  mendCopies(registry);
  watch(registry);
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
  const known = new Set(registry.keys());
  const overOurs = packageWatch<tf.KernelConfig>((key, config) => {
    // TensorFlow.js sets kernels up when their backend is selected, which it may be already.
    const backend = tf.engine().registry[config.backendName];
    if (backend) config.setupFunc?.(backend);
    const ours = replacedKernel(config) ?? addedKernel(config.kernelName, config.backendName);
    if (ours) set(key, ours);
  });
  const watched = (key: string, config: tf.KernelConfig): Registry => {
    const isFirst = !known.has(key);
    known.add(key);
    if (isOurs(config.kernelFunc)) return set(key, config);
    // What was replaced once is TensorFlow.js's, also if it comes again, or under another name of the backend.
    if (isFirst || originOf(config) !== undefined) return set(key, replacedKernel(config) ?? config);
    set(key, isMended(config) ? warningOnce(config, (itself) => set(key, itself)) : config);
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
