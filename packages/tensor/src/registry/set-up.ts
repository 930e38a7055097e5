/** @file Looks at each backend as it becomes the active one, and at what runs on it. */
import * as tf from "@tensorflow/tfjs-core";
import { rememberFactory } from "../backend/factories.ts";
import { loadParts, prepareParts } from "../backend/parts.ts";
import { processListeners, removeEmscriptenListeners } from "../backend/process-listeners.ts";
import { otherEngines } from "./global-map.ts";
import { theMender } from "./kernel-watch.ts";
import { assertGradients, assertLoaded } from "./own-parts.ts";

/** The part of TensorFlow.js's engine that makes a backend and runs its kernels; partly not in its published types. */
interface SetUp {
  readonly backendName: string | null;
  readonly backend: tf.KernelBackend;
  readonly pendingBackendInit: Promise<boolean> | null;
  initializeBackend(backendName: string): { success: boolean | Promise<boolean> };
  setupRegisteredKernels(): void;
  setBackend(backendName: string): Promise<boolean>;
  ready(): Promise<void>;
  runKernel(kernelName: string, inputs: tf.NamedTensorMap, attrs?: tf.NamedAttrMap): unknown;
  gradients(...call: unknown[]): unknown;
}

let isWatched = false;
let hasWarned = false;

/**
 * Has whoever makes a backend the active one wait for what belongs to it; checks that its kernels are ours, and replaces
 * those that came by other ways than `tf.registerKernel`; and takes back the process listeners that wasm adds. Later
 * calls do nothing.
 */
export function watchSetUp(): void {
  // Some of these members are private, in TypeScript only.
  const engine = tf.engine() as unknown as SetUp;
  const isKnown =
    typeof engine.setupRegisteredKernels === "function" && typeof engine.initializeBackend === "function";
  if (isWatched || !isKnown) return;
  isWatched = true;
  takeBackListeners(engine);
  mendOnSetUp(engine);
  waitForParts(engine);
  refuseBefore(engine);
}

function takeBackListeners(engine: SetUp): void {
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
}

function mendOnSetUp(engine: SetUp): void {
  const setUp = engine.setupRegisteredKernels.bind(engine);
  engine.setupRegisteredKernels = () => {
    removeEmscriptenListeners();
    rememberFactory(tf.getBackend());
    theMender()?.mendBackend(tf.getBackend());
    setUp();
    if (hasWarned || otherEngines(engine).length === 0) return;
    hasWarned = true;
    // Text that hardly anybody needs.
    void import("./warnings.ts").then(({ warnOfEngines }) => {
      warnOfEngines();
    });
  };
}

/** `tf.setBackend` and `tf.ready` answer when all that the backend needs is there, and fail where it does not come. */
function waitForParts(engine: SetUp): void {
  const setBackend = engine.setBackend.bind(engine);
  engine.setBackend = (backendName) => {
    const parts = tf.findBackendFactory(backendName) ? loadParts(backendName) : undefined;
    // At once, as without us: backends that need no waiting are there when the call returns.
    const set = setBackend(backendName).then(async (isSet) => {
      if (!isSet) return false;
      await parts;
      await prepareParts(backendName);
      return true;
    });
    // TensorFlow.js itself does not look at the answer where an operation chooses the backend; the operation fails.
    for (const promise of [parts, set]) promise?.catch(() => {});
    return set;
  };
  const ready = engine.ready.bind(engine);
  let choosing: Promise<void> | undefined;
  engine.ready = async () => {
    const pending = engine.pendingBackendInit;
    // Where nobody has chosen, calls at the same time would make backends twice.
    await (engine.backendName ? ready() : (choosing ??= ready().finally(() => (choosing = undefined))));
    const { backendName } = engine;
    if (!backendName) return;
    await loadParts(backendName);
    await prepareParts(backendName);
    // Another may have been chosen meanwhile. One that was removed while it was made stays pending for ever.
    if (engine.backendName !== backendName || (engine.pendingBackendInit ?? pending) !== pending) {
      await engine.ready();
    }
  };
}

/** Operations and gradients that come too early fail, where they would give TensorFlow.js's results. */
function refuseBefore(engine: SetUp): void {
  const runKernel = engine.runKernel.bind(engine);
  engine.runKernel = (kernelName, inputs, attrs) => {
    // Has TensorFlow.js choose one where there is none yet.
    if (!engine.backendName) void engine.backend;
    assertLoaded(kernelName, engine.backendName!);
    return runKernel(kernelName, inputs, attrs);
  };
  const gradients = engine.gradients.bind(engine);
  engine.gradients = (...call) => {
    assertGradients();
    return gradients(...call);
  };
}
