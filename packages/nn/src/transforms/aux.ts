/** @file Brings tensors out of a scope that would dispose of them. */
import * as tf from "@tensorflow/tfjs-core";
import { isContainer } from "../graph/kinds.ts";

/** Tensors that outlive their scope until they are released. */
interface KeptTensors<T> {
  /** The value with its tensors, which now belong to the scope around the caller. */
  release(): T;
}

/**
 * Protects the tensors in `value` (in arrays, `Map`s and plain objects of any depth) from the end of the current
 * `tf.tidy`.
 */
export function keepTensors<T>(value: T): KeptTensors<T> {
  const kept = mapTensors(value, (tensor) => tf.keep(tensor.clone()));
  return {
    release: () =>
      mapTensors(kept, (tensor) => {
        const released = tensor.clone();
        tensor.dispose();
        return released;
      }),
  };
}

function mapTensors<T>(value: T, f: (tensor: tf.Tensor) => tf.Tensor): T;
function mapTensors(value: unknown, f: (tensor: tf.Tensor) => tf.Tensor): unknown {
  if (value instanceof tf.Tensor) return f(value);
  if (!isContainer(value)) return value;
  if (Array.isArray(value)) return value.map((item) => mapTensors(item, f));
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, mapTensors(item, f)]));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTensors(item, f)]));
}
