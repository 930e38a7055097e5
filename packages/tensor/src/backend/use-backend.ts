/** @file Chooses the TensorFlow.js backend that runs everything. */
import * as tf from "@tensorflow/tfjs-core";
import {
  type BackendName,
  defaultBackends,
  isBackendName,
  knownBackends,
  nearestBackend,
} from "./backend-name.ts";
import { createBackend, forgetCreation } from "./create-backend.ts";
import {
  type BackendFailures,
  BackendOptionError,
  BackendUnavailableError,
  reasonOf,
  UnknownBackendError,
  WaitLimitError,
} from "./errors.ts";
import { withLimit } from "./limit.ts";
import type { LoadOptions, WasmPaths } from "./load-options.ts";

/** A backend that `useBackend` loads, or one that was registered with `tf.registerBackend`. */
export type BackendChoice = BackendName | (string & {});

/** Options of `useBackend`. */
export interface UseBackendOptions {
  /**
   * Where a browser finds the `.wasm` files of `@tensorflow/tfjs-backend-wasm/dist/`: the folder's address, or the
   * address of each of the three by its file name. Node needs none. Without effect once wasm is loaded; after a
   * failure, another one may be given.
   */
  wasmPaths?: WasmPaths | undefined;
  /**
   * Whether TensorFlow.js's wasm backend may run on several threads, where the page is cross-origin isolated: false
   * unless given. Minifiers break the code that starts them, and a policy without `blob:` in `script-src` forbids it.
   * What `jit` compiles has threads of its own, which are not concerned.
   */
  wasmThreads?: boolean | undefined;
  /**
   * The longest that a backend may take to be loaded and started, in milliseconds: 30 000 unless given. One that takes
   * longer has failed, and the next is tried. `Infinity` waits for as long as it takes.
   */
  timeout?: number | undefined;
  /**
   * Whether webgpu and webgl may run on a renderer that is no GPU (SwiftShader, llvmpipe): true when exactly one
   * backend is named, else false.
   */
  softwareAdapter?: boolean | undefined;
}

/** What `useBackend` chose. */
export interface ChosenBackend {
  /** The name of the backend that is now active. */
  readonly backend: string;
  /** For each better one that was tried before it, why it is not in use. */
  readonly failures: BackendFailures;
}

/**
 * Makes the first backend that works here the active one, and loads its package for that.
 *
 * ```ts
 * const { backend } = await useBackend(); // the best one: webgpu, webgl, wasm, cpu in a browser; wasm, cpu elsewhere
 * await useBackend("wasm");
 * await useBackend(["webgpu", "wasm"]);
 * ```
 *
 * A backend that fails, or takes too long, leaves the one before it active. Of calls at the same time the last one
 * decides: an earlier one that is still loading then answers with what the last one chose. Asking for the active one
 * costs nothing. A tensor made before stays on its old backend, and moves, through JavaScript, when an operation on the
 * new one first reads it; from webgpu slowly in a browser, and in Node only after an `await tensor.data()`. So choose
 * the backend before making tensors.
 *
 * webgpu in Node needs `npm install webgpu @tensorflow/tfjs-backend-webgpu`. It puts Dawn's classes on `globalThis`
 * and `gpu` on `navigator`; the process still ends by itself.
 *
 * @param name One name, or several in order of preference.
 * @throws UnknownBackendError for a name that is neither; BackendOptionError for a timeout that is no positive number;
 * BackendUnavailableError, with the reason for each, when none works.
 */
export async function useBackend(
  name: BackendChoice | readonly BackendChoice[] = defaultBackends(),
  options: UseBackendOptions = {},
): Promise<ChosenBackend> {
  const names = namesOf(name);
  const unknown = names.find((each) => !isBackendName(each) && !tf.findBackendFactory(each));
  if (unknown !== undefined) {
    throw new UnknownBackendError(unknown, knownBackends(), nearestBackend(unknown));
  }
  const { wasmPaths, wasmThreads = false, softwareAdapter = names.length === 1, timeout = 30_000 } = options;
  if (!(timeout > 0)) throw new BackendOptionError("timeout", "a positive number of milliseconds", timeout);
  return choose(names, { wasmPaths, wasmThreads, allowSoftware: softwareAdapter }, timeout, ++calls);
}

function namesOf(name: unknown): BackendChoice[] {
  if (typeof name === "string") return [name];
  if (Array.isArray(name) && name.every((each) => typeof each === "string")) return name;
  throw new BackendOptionError("backend", 'a name or a list of names, such as ["webgpu", "wasm"]', name);
}

let calls = 0;
/** The number of the call that chose the active backend. */
let decided = 0;

async function choose(
  names: readonly string[],
  options: LoadOptions,
  timeout: number,
  call: number,
): Promise<ChosenBackend> {
  const failures: Record<string, string> = {};
  await othersMade(timeout);
  for (const backend of names) {
    try {
      await made(backend, options, timeout);
      if (decided > call) break;
      await select(backend);
      decided = call;
      return { backend, failures };
    } catch (error) {
      failures[backend] = reasonOf(error);
    }
  }
  if (decided > call) return { backend: tf.getBackend(), failures };
  throw new BackendUnavailableError(failures);
}

/** Waits until the backend is there. */
async function made(name: string, options: LoadOptions, timeout: number): Promise<void> {
  let what = "";
  const creation = createBackend(name, options, (stage) => (what = stage));
  try {
    await withLimit(creation, timeout, () => ({
      what,
      repair: repairOf(name, options.wasmThreads, timeout),
    }));
  } catch (error) {
    if (error instanceof WaitLimitError) forgetCreation(name);
    throw error;
  }
}

/**
 * Waits for a backend that `tf.setBackend` or `tf.ready` is making: it would be chosen over ours afterwards. One that
 * never comes would keep every operation from running.
 */
async function othersMade(timeout: number): Promise<void> {
  const engine = tf.engine();
  // Typed as never absent, but null when nothing is under way.
  const pending = engine["pendingBackendInit"] as Promise<boolean> | null;
  if (!pending) return;
  try {
    await withLimit(pending, timeout, () => ({ what: "a call of tf.setBackend", repair: "" }));
  } catch {
    if (engine["pendingBackendInit"] !== pending) return;
    engine["pendingBackendInitId"]++;
    engine["pendingBackendInit"] = undefined!;
  }
}

function repairOf(name: string, wasmThreads: boolean, timeout: number): string {
  const longer = `To wait longer: useBackend("${name}", { timeout: ${2 * timeout} })`;
  return name === "wasm" && wasmThreads
    ? `Leave out wasmThreads: minifiers break the code that starts threads, and a policy without blob: forbids it. ${longer}`
    : longer;
}

async function select(name: string): Promise<void> {
  const engine = tf.engine();
  // Setting the active backend again would set up all of its kernels again.
  if (engine.backendName === name && engine["backendInstance"] === engine.registry[name]) return;
  if (!(await tf.setBackend(name))) throw new Error(`tf.setBackend("${name}") answered false`);
}
