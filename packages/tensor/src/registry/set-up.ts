/** @file Looks at each backend as it becomes the active one. */
import * as tf from "@tensorflow/tfjs-core";
import { otherEngines } from "./global-map.ts";
import { mendBackend } from "./kernel-registry.ts";
import { warnOfEngines } from "./warnings.ts";

/** The part of TensorFlow.js's engine that sets up the kernels of a backend; not in its published types. */
interface SetUp {
  setupRegisteredKernels(): void;
}

let isWatched = false;
let hasWarned = false;

/**
 * Checks, whoever makes a backend the active one, that its kernels are ours, and replaces those that came by other
 * ways than `tf.registerKernel`. Later calls do nothing.
 */
export function watchSetUp(): void {
  // This member is private in TypeScript only.
  const engine = tf.engine() as unknown as SetUp;
  if (isWatched || typeof engine.setupRegisteredKernels !== "function") return;
  isWatched = true;
  const setUp = engine.setupRegisteredKernels.bind(engine);
  engine.setupRegisteredKernels = () => {
    mendBackend(tf.getBackend());
    setUp();
    if (hasWarned || otherEngines(engine).length === 0) return;
    hasWarned = true;
    warnOfEngines();
  };
}
