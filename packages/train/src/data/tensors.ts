/** @file The tensors in batches: found, made in a scope, freed. */
import * as tf from "@tensorflow/tfjs-core";
import { type Awaitable, isPromise } from "./awaitable.ts";

/** Whether `value` is an object literal, or made like one. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** `target[name] = value` for a name of any kind, `__proto__` too. */
export function setOwn<T>(target: Record<string, T>, name: string, value: T): void {
  if (name !== "__proto__") target[name] = value;
  else Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true });
}

/** All tensors in arrays and plain objects. */
export function tensorsIn(value: unknown, found: tf.Tensor[] = []): tf.Tensor[] {
  if (value instanceof tf.Tensor) found.push(value);
  else if (Array.isArray(value)) for (const item of value) tensorsIn(item, found);
  else if (isPlainObject(value)) for (const name in value) tensorsIn(value[name], found);
  return found;
}

/** Frees the tensors in `value` that are not freed yet, but for those of `survivors`. */
export function disposeTensors(value: unknown, survivors: readonly tf.Tensor[] = []): void {
  for (const tensor of tensorsIn(value)) {
    if (!tensor.isDisposed && !survivors.includes(tensor)) tensor.dispose();
  }
}

/**
 * As `tf.tidy`; and a function that answers a promise may make tensors too: those are its own, to free or to hand
 * over.
 */
export function tidied<T>(fn: () => Awaitable<T>): Awaitable<T> {
  const engine = tf.engine();
  engine.startScope("loader");
  let survivors: tf.Tensor[] = [];
  try {
    const result = fn();
    if (isPromise(result)) engine.state.activeScope.track = [];
    else survivors = tensorsIn(result);
    return result;
  } finally {
    engine.endScope(survivors);
  }
}
