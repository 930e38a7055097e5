/** @file Keeps the kernels of this package in the place of TensorFlow.js's, whenever and however these are registered. */
import * as tf from "@tensorflow/tfjs-core";
import type { BackendKernels } from "../kernels/sets/backend-kernels.ts";
import {
  backendsWithKernels,
  early,
  findRegistry,
  loadedByAnyCopy,
  provideMender,
  type Registry,
  setKernel,
} from "./kernel-watch.ts";
import { addedKernel, addedKernels, addKernel, isOurs, putKernel } from "./own-kernels.ts";
import { packageWatch } from "./package-watch.ts";
import {
  addReplacements,
  lastReplacement,
  mendedKernels,
  originOf,
  replacedKernel,
} from "./replaced-kernels.ts";
import { warnOfKernel } from "./warnings.ts";

/** The kernels that somebody registered over ours, known to all copies of this package on one engine. */
const foreign = ((tf.engine() as unknown as Record<symbol, WeakSet<tf.KernelFunc> | undefined>)[
  Symbol.for("@nnx-js/tensor/foreign")
] ??= new WeakSet<tf.KernelFunc>());

/** Puts the kernels for a backend in their places, now and whenever others are registered. Later calls do nothing. */
export function provideKernels(backendName: string, { added, replaced }: BackendKernels): void {
  if (backendsWithKernels.has(backendName)) return;
  provideMender({ take, mendBackend, originOf });
  backendsWithKernels.add(backendName);
  loadedByAnyCopy.add(backendName);
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

/** Replaces those kernels of a backend that are not ours; those of somebody's own only if `overOwn`. */
function mendBackend(backendName: string, { overOwn = false } = {}): void {
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

/** Replaces the kernels that were copied to backends of other names before ours were there. */
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

const overOurs = packageWatch<tf.KernelConfig>((key, config) => {
  // TensorFlow.js sets kernels up when their backend is selected, which it may be already.
  const backend = tf.engine().registry[config.backendName];
  if (backend) config.setupFunc?.(backend);
  const ours = replacedKernel(config) ?? addedKernel(config.kernelName, config.backendName);
  if (ours) setKernel(key, ours);
});

/** Registers a kernel, or what takes its place; false for those of backends whose kernels have not come. */
function take(key: string, config: tf.KernelConfig, first: tf.KernelConfig | undefined): boolean {
  const { kernelName, backendName, kernelFunc } = config;
  if (isOurs(kernelFunc)) {
    setKernel(key, config);
    return true;
  }
  // What was replaced once is TensorFlow.js's, also if it comes again, or under another name of the backend.
  const isKnown = originOf(config) !== undefined;
  if (!isKnown && !backendsWithKernels.has(backendName)) return false;
  if (isKnown || (!first && !addedKernel(kernelName, backendName))) {
    setKernel(key, replacedKernel(config) ?? config);
    return true;
  }
  setKernel(key, isMended(config) ? warningOnce(config, (itself) => setKernel(key, itself)) : config);
  overOurs(key, config);
  return true;
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
