/** @file Frees the tensors, and the Variables, that a function made and did not return. */
import * as tf from "@tensorflow/tfjs-core";
import { AsyncFunctionError } from "./async-function-error.ts";
import { assertFunction } from "./function-argument.ts";

/** What can belong to a scope: a Variable, or anything else that keeps tensors until it is disposed of. */
export interface ScopeOwned {
  /** Frees its tensors. */
  dispose(): void;
}

/** Lets a value, with all tensors and Variables in it, outlive the scope; answers the value. */
export type Keep = <V>(value: V) => V;

/** What was made in the scope that runs, and belongs to it. */
let owned: Set<ScopeOwned> | undefined;

/**
 * Lets `made` belong to the scope that runs, if any: it is disposed of at the end, unless it is handed out.
 *
 * @internal
 */
export function ownByScope(made: ScopeOwned): void {
  owned?.add(made);
}

/**
 * Runs `fn` and disposes of every tensor and every Variable made inside, but those in its result, those that `keep`
 * was given, and tensors kept by `tf.keep`. The result may hold them at any depth of arrays, `Map`s, `Set`s and
 * objects, class instances included. Variables made outside keep the values that are written inside. What is handed
 * out belongs to the scope around this one, if there is one. After an exception all are disposed of.
 *
 * ```ts
 * const loss = scope(() => lossOf(merge(definition, adaptedState), x)); // the merged model is gone
 * scope((keep) => {
 *   this.best = keep(clone(model)); // stored elsewhere: it would be gone without keep
 * });
 * ```
 *
 * Differs from `tf.tidy`: that one leaves alone what Variables own, does not look into `Map`s and `Set`s, looks at
 * each number of a typed array, and lets asynchronous functions lose their tensors with a message on the console.
 *
 * @throws AsyncFunctionError for an asynchronous `fn`; FunctionArgumentError for what is no function.
 */
export function scope<T>(fn: (keep: Keep) => T): T {
  assertFunction(fn, "scope");
  const engine = tf.engine();
  const outer = owned;
  const mine = new Set<ScopeOwned>();
  const survivors: tf.Tensor[] = [];
  const seen = new Set<object>();
  const keep: Keep = (value) => {
    const [tensors, objects]: [tf.Tensor[], Set<object>] = [[], new Set()];
    collectTensors(value, tensors, objects);
    for (const tensor of tensors) tf.keep(tensor);
    for (const object of objects) mine.delete(object as ScopeOwned);
    return value;
  };
  engine.startScope("scope");
  owned = mine;
  try {
    const result = fn(keep);
    if (AsyncFunctionError.isPromise(result)) throw new AsyncFunctionError("scope", result);
    collectTensors(result, survivors, seen);
    return result;
  } catch (error) {
    seen.clear();
    throw error;
  } finally {
    owned = outer;
    for (const made of mine) {
      if (seen.has(made)) outer?.add(made);
      else made.dispose();
    }
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
