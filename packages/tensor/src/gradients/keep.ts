/** @file Keeps our gradients in their places when another package registers its own. */
import * as tf from "@tensorflow/tfjs-core";
import { globalMap } from "../registry/global-map.ts";
import { packageWatch } from "../registry/package-watch.ts";

/** On a registry that a copy of this package watches. */
const WATCHED = Symbol.for("@nnx-js/tensor/gradients");

/**
 * Puts the gradients back when a package registers its whole set over them, as `@tensorflow/tfjs` does wherever it is
 * imported; a single gradient that somebody registers stays. Later calls do nothing.
 */
export function keepGradients(gradients: readonly tf.GradConfig[]): void {
  const registry = findRegistry();
  if (!registry || WATCHED in registry || !Object.isExtensible(registry)) return;
  const ours = new Map(gradients.map((config) => [config.kernelName, config]));
  const set = Map.prototype.set.bind(registry) as (name: string, config: tf.GradConfig) => typeof registry;
  const overOurs = packageWatch<tf.GradConfig>((name) => {
    const config = ours.get(name);
    if (config) set(name, config);
  });
  const watched = (name: string, config: tf.GradConfig): typeof registry => {
    set(name, config);
    if (ours.has(name) && ours.get(name) !== config) overOurs(name, config);
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
