/** @file Remembers how backends are made, since a package registers its own but once. */
import * as tf from "@tensorflow/tfjs-core";

const factories = new Map<
  string,
  { factory: () => tf.KernelBackend | Promise<tf.KernelBackend>; priority: number }
>();

/** Keeps the factory that is registered under this name, for the time after `tf.removeBackend`. */
export function rememberFactory(name: string): void {
  const entry = tf.engine().registryFactory[name];
  if (entry) factories.set(name, entry);
}

/** The factory of this name; one that was removed is registered again. */
export function recallFactory(
  name: string,
): (() => tf.KernelBackend | Promise<tf.KernelBackend>) | undefined {
  const removed = tf.findBackendFactory(name) ? undefined : factories.get(name);
  if (removed) tf.registerBackend(name, removed.factory, removed.priority);
  rememberFactory(name);
  return tf.findBackendFactory(name) ?? undefined;
}
