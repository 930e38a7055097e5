/** @file Frees the tensors that a function made and did not return. */
import * as tf from "@tensorflow/tfjs-core";
import { AsyncFunctionError } from "./async-function-error.ts";

/**
 * Runs `fn` and disposes of every tensor made inside, but those in its result, those kept by `tf.keep`, and those that
 * Variables own. The result may hold tensors at any depth of arrays, `Map`s, `Set`s and objects, class instances
 * included. After an exception all are disposed of.
 *
 * Differs from `tf.tidy`: that one does not look into `Map`s and `Set`s, looks at each number of a typed array, and
 * lets asynchronous functions lose their tensors with a message on the console.
 *
 * ```ts
 * const { mean, byName } = scope(() => {
 *   const x = tf.square(tf.range(0, 4));
 *   return { mean: tf.mean(x), byName: new Map([["max", tf.max(x)]]) };
 * });
 * ```
 *
 * @throws AsyncFunctionError for an asynchronous `fn`.
 */
export function scope<T>(fn: () => T): T {
  const engine = tf.engine();
  engine.startScope("scope");
  const survivors: tf.Tensor[] = [];
  try {
    const result = fn();
    if (AsyncFunctionError.isPromise(result)) throw new AsyncFunctionError("scope", result);
    collectTensors(result, survivors, new Set());
    return result;
  } finally {
    engine.endScope(survivors);
  }
}

function collectTensors(value: unknown, found: tf.Tensor[], seen: Set<object>): void {
  if (typeof value !== "object" || value === null || seen.has(value)) return;
  if (value instanceof tf.Tensor) {
    found.push(value);
    return;
  }
  if (ArrayBuffer.isView(value)) return;
  seen.add(value);
  if (value instanceof Map) {
    for (const [key, item] of value) {
      collectTensors(key, found, seen);
      collectTensors(item, found, seen);
    }
  } else if (value instanceof Set) {
    for (const item of value) collectTensors(item, found, seen);
  }
  for (const key of Reflect.ownKeys(value)) {
    // Accessors are not run: they could make tensors.
    const property = Object.getOwnPropertyDescriptor(value, key);
    if (property && "value" in property) collectTensors(property.value, found, seen);
  }
}
