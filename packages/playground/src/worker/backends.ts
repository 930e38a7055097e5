/** @file Which backends work here. */
import {
  type BackendFailures,
  BackendUnavailableError,
  useBackend,
  type UseBackendOptions,
} from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import type { BackendsEvent } from "../protocol/events.ts";
import { type BackendName, BACKENDS } from "../protocol/settings.ts";
import { messageOf } from "./faults.ts";
import { threadsHere } from "./threads.ts";

/** How backends are found. */
export interface BackendsOptions {
  /** Where the wasm backend's files are; a browser has to be told. */
  readonly wasmPaths?: UseBackendOptions["wasmPaths"];
  /** Those that are tried, best first. */
  readonly candidates?: readonly BackendName[] | undefined;
}

/** How long the search may take with each backend: people wait for the page. */
const PROBE_LIMIT = 10_000;
/** How long the start of one that was chosen may take. */
const START_LIMIT = 30_000;

/** The backends of this worker. */
export class Backends {
  private readonly options: BackendsOptions;
  private readonly reasons: Record<BackendName, string | null> = {
    webgpu: null,
    webgl: null,
    wasm: null,
    cpu: null,
  };
  private best: BackendName = "cpu";

  constructor(options: BackendsOptions) {
    this.options = options;
  }

  /** What the page is told. */
  get event(): BackendsEvent {
    return { type: "backends", reasons: { ...this.reasons }, best: this.best, threads: threadsHere() };
  }

  /**
   * Finds the best one. Those that are better but for being imitated by software are tried too; worse ones are not:
   * their packages are loaded when they are chosen.
   */
  async probe(): Promise<void> {
    const { candidates = BACKENDS, wasmPaths } = this.options;
    for (const name of BACKENDS)
      if (!candidates.includes(name)) this.reasons[name] = "it is not offered here";
    const options = { wasmPaths, timeout: PROBE_LIMIT };
    const { backend, failures } = await firstOf(candidates, options);
    for (const name of Object.keys(failures) as BackendName[]) {
      // Named alone, it may be software.
      this.reasons[name] = await this.reasonAgainst(name, PROBE_LIMIT);
    }
    const best = backend ?? candidates.find((name) => this.reasons[name] === null);
    if (best) await useBackend(best, options);
    this.best = best ?? this.best;
  }

  /**
   * Makes a backend the active one.
   *
   * @param onNews called where it does not work, and the page does not know that
   * @throws BackendUnavailableError
   */
  async choose(name: BackendName, onNews: () => void): Promise<void> {
    const reason = await this.reasonAgainst(name, START_LIMIT);
    const isNews = this.reasons[name] !== reason;
    this.reasons[name] = reason;
    if (isNews) onNews();
    if (reason !== null) throw new BackendUnavailableError({ [name]: reason });
  }

  private async reasonAgainst(name: BackendName, timeout: number): Promise<string | null> {
    const { wasmPaths } = this.options;
    try {
      await useBackend(name, { wasmPaths, timeout, softwareAdapter: true });
      return null;
    } catch (error) {
      const { failures } = error as { failures?: BackendFailures };
      const refusal = name === "wasm" ? await refusalOf(wasmPaths) : undefined;
      return refusal ?? failures?.[name] ?? messageOf(error);
    }
  }
}

/** TensorFlow.js does not say that a server refuses its files, only that it cannot compile them. */
async function refusalOf(wasmPaths: BackendsOptions["wasmPaths"]): Promise<string | undefined> {
  if (typeof wasmPaths !== "object") return undefined;
  for (const [file, address] of Object.entries(wasmPaths)) {
    try {
      const { ok, status } = await fetch(address, {
        method: "HEAD",
        signal: AbortSignal.timeout(PROBE_LIMIT),
      });
      if (!ok) return `the server of this page says ${status} to its file ${file}`;
    } catch (error) {
      return `its file ${file} does not come from the server of this page: ${messageOf(error)}`;
    }
  }
  return undefined;
}

/** The first that works and is no software that imitates a GPU, and why those before it do not. */
async function firstOf(
  candidates: readonly BackendName[],
  options: UseBackendOptions,
): Promise<{ backend: BackendName | undefined; failures: BackendFailures }> {
  try {
    const { backend, failures } = await useBackend(candidates, { ...options, softwareAdapter: false });
    return { backend: backend as BackendName, failures };
  } catch (error) {
    if (error instanceof BackendUnavailableError) return { backend: undefined, failures: error.failures };
    throw error;
  }
}

/** What is used of the backends that have a GPU. */
interface OnGpu {
  /** Of webgpu. */
  readonly device?: { readonly lost?: Promise<{ readonly message?: string }> };
  /** Of webgl. */
  readonly gpgpu?: { readonly gl?: WebGL2RenderingContext };
}

/** The end of the active backend's GPU, if it has one: what the browser says of it. */
export function lossOfDevice(): Promise<string> | undefined {
  const { device, gpgpu } = tf.backend() as OnGpu;
  if (gpgpu?.gl) return lossOfContext(gpgpu.gl);
  return device?.lost?.then(({ message }) => message ?? "");
}

const lossesOfContexts = new WeakMap<WebGL2RenderingContext, Promise<string>>();

function lossOfContext(gl: WebGL2RenderingContext): Promise<string> {
  const known = lossesOfContexts.get(gl);
  if (known) return known;
  const loss = new Promise<string>((resolve) => {
    gl.canvas.addEventListener("webglcontextlost", () => resolve("its WebGL context was lost"), {
      once: true,
    });
    if (gl.isContextLost()) resolve("its WebGL context was lost");
  });
  lossesOfContexts.set(gl, loss);
  return loss;
}
