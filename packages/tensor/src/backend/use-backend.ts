/** @file Chooses the TensorFlow.js backend that runs everything. */
import * as tf from "@tensorflow/tfjs-core";
import {
  type BackendName,
  defaultBackends,
  isBackendName,
  knownBackends,
  nearestBackend,
} from "./backend-name.ts";
import { type BackendFailures, BackendUnavailableError, reasonOf, UnknownBackendError } from "./errors.ts";
import { loadBackend, type LoadOptions, type WasmPaths } from "./load-backend.ts";

/** A backend that `useBackend` loads, or one that was registered with `tf.registerBackend`. */
export type BackendChoice = BackendName | (string & {});

/** Options of `useBackend`. */
export interface UseBackendOptions {
  /**
   * Where a browser finds the `.wasm` files of `@tensorflow/tfjs-backend-wasm/dist/`: the folder's address, or the
   * address of each of the three by its file name. Node needs none. Without effect once wasm is loaded.
   */
  wasmPaths?: WasmPaths | undefined;
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
 * A backend that fails leaves the one before it active. Calls wait for each other; asking for the active one costs
 * nothing. A tensor made before stays on its old backend, and moves, through JavaScript, when an operation on the new
 * one first reads it; from webgpu slowly in a browser, and in Node only after an `await tensor.data()`. So choose the
 * backend before making tensors.
 *
 * webgpu in Node needs `npm install webgpu @tensorflow/tfjs-backend-webgpu`. It puts Dawn's classes on `globalThis`
 * and `gpu` on `navigator`; the process still ends by itself.
 *
 * @param name One name, or several in order of preference.
 * @throws UnknownBackendError for a name that is neither; BackendUnavailableError, with the reason for each, when none
 * works.
 */
export function useBackend(
  name: BackendChoice | readonly BackendChoice[] = defaultBackends(),
  options: UseBackendOptions = {},
): Promise<ChosenBackend> {
  const names = typeof name === "string" ? [name] : [...name];
  const turn = previous.then(() => choose(names, options));
  previous = turn.catch(() => {});
  return turn;
}

let previous: Promise<unknown> = Promise.resolve();

async function choose(names: readonly string[], options: UseBackendOptions): Promise<ChosenBackend> {
  const unknown = names.find((each) => !isBackendName(each) && !tf.findBackendFactory(each));
  if (unknown !== undefined) {
    throw new UnknownBackendError(unknown, knownBackends(), nearestBackend(unknown));
  }
  const { wasmPaths, softwareAdapter = names.length === 1 } = options;
  const failures: Record<string, string> = {};
  for (const backend of names) {
    try {
      await activate(backend, { wasmPaths, allowSoftware: softwareAdapter });
      return { backend, failures };
    } catch (error) {
      failures[backend] = reasonOf(error);
    }
  }
  throw new BackendUnavailableError(failures);
}

async function activate(name: string, options: LoadOptions): Promise<void> {
  const { registry } = tf.engine();
  // One that runs already may still be a software renderer, which somebody else asked for.
  if (isBackendName(name) && (!registry[name] || !options.allowSoftware)) await loadBackend[name](options);
  registry[name] ??= await create(name);
  // Setting the active backend again would set up all of its kernels again.
  if (tf.getBackend() === name) return;
  if (!(await tf.setBackend(name))) throw new Error(`tf.setBackend("${name}") answered false`);
}

/**
 * `tf.setBackend` makes one too, but drops the active backend first, writes the reason of a failure to the console
 * instead of giving it, and stays without a backend after one.
 */
async function create(name: string): Promise<tf.KernelBackend> {
  const factory = tf.findBackendFactory(name);
  if (!factory) throw new Error(`its package is loaded, but registered no backend named "${name}"`);
  try {
    return await factory();
  } catch (error) {
    if (name !== "wasm" || !tf.device_util.isBrowser()) throw error;
    throw new Error(
      `${reasonOf(error)}. Serve the .wasm files of @tensorflow/tfjs-backend-wasm/dist/ with the page and say where: ` +
        `useBackend("wasm", { wasmPaths: "/wasm/" })`,
      { cause: error },
    );
  }
}
