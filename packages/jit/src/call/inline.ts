/** @file Tells when a compiled function must run as plain code. */
import { isCapturing } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";

let registered: string | undefined;

/**
 * Whether what runs around the call has to see each operation: another trace, `evalShape`, `capture`, or a
 * gradient, which would not pass through a compiled graph.
 */
export function mustInline(): boolean {
  const engine = tf.engine();
  if (engine.isTapeOn() || isCapturing()) return true;
  const { backendName } = engine;
  if (backendName === registered) return false;
  // Traces and shape inference run on backends that are not registered; none yet is no such backend.
  if (typeof backendName === "string" && tf.findBackendFactory(backendName) === null) return true;
  registered = backendName;
  return false;
}
