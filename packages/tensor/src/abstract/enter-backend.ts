/** @file Makes a backend that is not registered the active one for a while. */
import * as tf from "@tensorflow/tfjs-core";
import { enterConstantRegion } from "../lifetime/constant-region.ts";
import { suspendTape } from "../lifetime/tape.ts";

/** A backend whose kernels are registered, though the backend itself is not. */
export interface UnregisteredBackend {
  /** The name under which its kernels are registered. */
  readonly name: string;
  readonly backend: tf.KernelBackend;
  /** The backend on which what runs here will run in the end; its own name unless given. See {@link targetBackend}. */
  readonly target?: string | undefined;
}

/** The target of the backend that was entered, while there is one. */
let target: string | undefined;

/**
 * Makes the backend the active one, without a gradient tape; gives the function that puts everything back.
 *
 * `tf.setBackend` would do, but it runs the set-up of every kernel when the old backend returns (1 to 5 ms on
 * wasm), needs the backend registered, where automatic choice can find it, and cannot return to "none
 * active". Setting the same fields that it sets has none of these costs.
 */
export function enterBackend(entered: UnregisteredBackend): () => void {
  const engine = tf.engine();
  const { backendName } = engine;
  const backendInstance = engine["backendInstance"];
  const pendingBackendInit = engine["pendingBackendInit"];
  const { profiling } = engine.state;
  const flags = engine.ENV.getFlags();
  const { DEBUG } = flags;
  const outerTarget = target;

  target = entered.target;
  engine.backendName = entered.name;
  engine["backendInstance"] = entered.backend;
  // Typed as never absent, but undefined is how the engine writes "no initialisation under way".
  engine["pendingBackendInit"] = undefined!;
  // A tape of its own: the outer one would keep tensors of this backend beyond the call.
  const resumeTape = suspendTape();
  const leaveRegion = enterConstantRegion(false);
  // Debug mode and profiles read the outputs of each kernel.
  engine.state.profiling = false;
  flags["DEBUG"] = false;

  return () => {
    target = outerTarget;
    engine.backendName = backendName;
    engine["backendInstance"] = backendInstance;
    engine["pendingBackendInit"] = pendingBackendInit;
    leaveRegion();
    resumeTape();
    engine.state.profiling = profiling;
    if (DEBUG === undefined) delete flags["DEBUG"];
    else flags["DEBUG"] = DEBUG;
  };
}

/**
 * The backend on which the operations that are called now will run: the active one, or, while a function is being
 * traced, the one that it is traced for. What avoids a backend's mistakes asks here.
 */
export function targetBackend(): string {
  return target ?? tf.getBackend();
}
