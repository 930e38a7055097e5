/** @file Keeps the gradients of this package in their places, whenever they and those of others come. */
import * as tf from "@tensorflow/tfjs-core";
import { globalMap } from "./global-map.ts";
import { loadedByAnyCopy } from "./kernel-watch.ts";
import { packageWatch } from "./package-watch.ts";

/** On a registry that a copy of this package watches. */
const WATCHED = Symbol.for("@nnx-js/tensor/gradients");

/** The gradients of this package by the name of the kernel, once they are there. */
export let ours: Map<string, tf.GradConfig> | undefined;
/** What somebody registered by hand before ours were there: it stays. */
const early = new Map<string, tf.GradConfig>();

/** Registers the gradients, and has TensorFlow.js's tape be mended. Later calls do nothing. */
export function provideGradients(gradients: readonly tf.GradConfig[], mendTape: () => void): void {
  if (ours) return;
  mendTape();
  ours = new Map(gradients.map((config) => [config.kernelName, config]));
  registerAll(gradients.filter(({ kernelName }) => !isEarly(kernelName)));
  loadedByAnyCopy.add("*");
  early.clear();
}

/**
 * Gives the kernels of TensorFlow.js their gradients, of which `@tensorflow/tfjs-core` has none; they come by themselves
 * with the first backend that is chosen.
 *
 * The gradients of the union package `@tensorflow/tfjs` are replaced, whether it is loaded before or later. A gradient
 * of your own that you register over one of ours stays, until you call this.
 */
export function registerGradients(): void {
  early.clear();
  registerAll([...(ours?.values() ?? [])]);
}

function registerAll(gradients: readonly tf.GradConfig[]): void {
  for (const config of gradients) {
    // Registering over a gradient warns in debug mode.
    if (tf.getGradient(config.kernelName)) tf.unregisterGradient(config.kernelName);
    tf.registerGradient(config);
  }
}

function isEarly(kernelName: string): boolean {
  const config = early.get(kernelName);
  return config !== undefined && tf.getGradient(kernelName) === config;
}

/**
 * Puts the gradients back when a package registers its whole set over them, as `@tensorflow/tfjs` does wherever it is
 * imported; a single gradient that somebody registers stays. Later calls do nothing.
 */
export function watchGradients(): void {
  const registry = findRegistry();
  if (!registry || WATCHED in registry || !Object.isExtensible(registry)) return;
  const set = Map.prototype.set.bind(registry) as (name: string, config: tf.GradConfig) => typeof registry;
  const overOurs = packageWatch<tf.GradConfig>((name) => {
    early.delete(name);
    const config = ours?.get(name);
    if (config) set(name, config);
  });
  const watched = (name: string, config: tf.GradConfig): typeof registry => {
    set(name, config);
    if (!ours) early.set(name, config);
    if (!ours || (ours.has(name) && ours.get(name) !== config)) overOurs(name, config);
    return registry;
  };
  Object.defineProperties(registry, { [WATCHED]: { value: true }, set: { value: watched } });
}

/** The map behind `tf.registerGradient`; undefined in a TensorFlow.js that has none, or hides it. */
function findRegistry(): Map<string, tf.GradConfig> | undefined {
  const probe = { kernelName: "Probe", gradFunc: () => ({}) };
  tf.registerGradient(probe);
  try {
    return globalMap<tf.GradConfig>("gradRegistry", (map) => map.get(probe.kernelName) === probe);
  } finally {
    tf.unregisterGradient(probe.kernelName);
  }
}
