/** @file Lets what runs meanwhile be recorded. */
import { enterBackend } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { forbidRandomness } from "./randomness.ts";
import type { Recorder } from "./recorder.ts";
import { registerTraceKernels, TRACE } from "./trace-backend.ts";

/**
 * From here on each kernel that is launched is written down by `recorder`, and none computes anything; no gradient
 * around it sees that. Gives the function that puts everything back.
 *
 * @param target the backend that the graph is for: some gradients avoid the mistakes of one
 */
export function enterTrace(recorder: Recorder, target?: string): () => void {
  registerTraceKernels();
  const { backend, caller } = recorder;
  const leave = enterBackend({ name: TRACE, backend, target });
  const allowRandomness = forbidRandomness(caller);
  // Not the name of the function: a copy is taken for a kernel of the name of its scope, with the gradient of that.
  tf.engine().startScope("nnx:trace");
  return () => {
    allowRandomness();
    closeScope(recorder);
    leave();
  };
}

/** Ends the scope; tensors that escaped from it explain themselves when they are used. */
function closeScope({ backend }: Recorder): void {
  const engine = tf.engine();
  const { activeScope, tensorInfo } = engine.state;
  for (const tensor of activeScope.track) {
    if (tensor.isDisposed || !backend.valueFor(tensor.dataId)) continue;
    const { dataId, shape, dtype } = tensor;
    // Frees it as far as the engine counts, but leaves it usable, and known as one of the trace.
    engine.disposeTensor(tensor);
    tensorInfo.set(dataId, { backend, shape, dtype, bytes: 0 });
    tensor.dispose = () => {};
  }
  activeScope.track = activeScope.track.filter((tensor) => !backend.valueFor(tensor.dataId));
  engine.endScope();
}
