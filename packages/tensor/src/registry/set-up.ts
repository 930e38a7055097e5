/** @file Looks at each backend as it becomes the active one. */
import * as tf from "@tensorflow/tfjs-core";
import { rememberFactory } from "../backend/factories.ts";
import { processListeners, removeEmscriptenListeners } from "../backend/process-listeners.ts";
import { otherEngines } from "./global-map.ts";
import { mendBackend } from "./kernel-registry.ts";
import { warnOfEngines } from "./warnings.ts";

/** The part of TensorFlow.js's engine that makes a backend and sets up its kernels; not in its published types. */
interface SetUp {
  initializeBackend(backendName: string): { success: boolean | Promise<boolean> };
  setupRegisteredKernels(): void;
}

let isWatched = false;
let hasWarned = false;

/**
 * Checks, whoever makes a backend the active one, that its kernels are ours, and replaces those that came by other
 * ways than `tf.registerKernel`; and takes back the process listeners that wasm adds. Later calls do nothing.
 */
export function watchSetUp(): void {
  // This member is private in TypeScript only.
  const engine = tf.engine() as unknown as SetUp;
  const isKnown =
    typeof engine.setupRegisteredKernels === "function" && typeof engine.initializeBackend === "function";
  if (isWatched || !isKnown) return;
  isWatched = true;
  const initialize = engine.initializeBackend.bind(engine);
  engine.initializeBackend = (backendName) => {
    const listeners = processListeners();
    const made = initialize(backendName);
    // Never rejected: a failure is false.
    void Promise.resolve(made.success).then(() => {
      removeEmscriptenListeners(listeners);
    });
    return made;
  };
  // One that is active or being made already.
  removeEmscriptenListeners();
  const setUp = engine.setupRegisteredKernels.bind(engine);
  engine.setupRegisteredKernels = () => {
    removeEmscriptenListeners();
    rememberFactory(tf.getBackend());
    mendBackend(tf.getBackend());
    setUp();
    if (hasWarned || otherEngines(engine).length === 0) return;
    hasWarned = true;
    warnOfEngines();
  };
}
