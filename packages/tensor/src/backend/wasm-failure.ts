/** @file Finds out why the wasm backend does not start: of most failures TensorFlow.js says only what to do. */
import * as tf from "@tensorflow/tfjs-core";
import { reasonOf } from "./errors.ts";
import { addresses, WASM_FILE } from "./wasm-files.ts";

/** What Emscripten writes before the reason for which it gives up. */
const ABORTED = /^Aborted\((.*?)\)?(?:\. Build with -sASSERTIONS for more info\.?)?$/s;

/** Listens, until `stop`, to what Emscripten writes to the console, the only place where it says why, and asks for. */
export class WasmStart {
  private readonly warn = console.warn;
  private readonly fetch = globalThis.fetch;
  private readonly warned: typeof console.warn;
  private readonly fetched: typeof fetch;
  private aborted: string | undefined;
  private asked: string | undefined;

  constructor() {
    const { warn, fetch } = this;
    this.warned = (...values: unknown[]) => {
      this.aborted ??= ABORTED.exec(String(values[0]))?.[1];
      warn.apply(console, values);
    };
    this.fetched = (input, init) => {
      if (typeof input === "string") {
        const name = WASM_FILE.exec(input)?.[0];
        // It may be sent to where it is said to be.
        if (name !== undefined) this.asked = addresses[name] ?? input;
      }
      return fetch(input, init);
    };
    console.warn = this.warned;
    globalThis.fetch = this.fetched;
  }

  stop(): void {
    // Somebody may have wrapped them since.
    if (console.warn === this.warned) console.warn = this.warn;
    if (globalThis.fetch === this.fetched) globalThis.fetch = this.fetch;
  }

  /** Why the start that ended with `error` has failed, and what to do. */
  async failure(error: unknown): Promise<Error> {
    const text = ABORTED.exec(reasonOf(error))?.[1] ?? reasonOf(error);
    const isAdvice = text.startsWith("Make sure the server can serve");
    const told = this.aborted ?? (isAdvice ? "its .wasm file could not be loaded" : text);
    const reason = tf.device_util.isBrowser() ? ((await whatServerSays(this.asked)) ?? told) : told;
    return new Error(`${reason.trim().replace(/\.+$/, "")}. ${whereFilesAre()}`, { cause: error });
  }
}

/** What is wrong with the file at `address`; undefined where nothing is, or nobody knows the address. */
async function whatServerSays(address: string | undefined): Promise<string | undefined> {
  if (address === undefined) return undefined;
  let response: Response;
  try {
    response = await fetch(address);
  } catch (error) {
    return (
      `${address} cannot be fetched (${reasonOf(error)}): nobody answers there, or connect-src of the page's ` +
      "Content-Security-Policy, its Cross-Origin-Embedder-Policy or CORS forbids it"
    );
  }
  const { status, ok, headers } = response;
  if (!ok) return `the server answers ${status} for ${address}`;
  const [zero, ...letters] = new Uint8Array(await response.arrayBuffer()).subarray(0, 4);
  if (zero === 0 && String.fromCharCode(...letters) === "asm") return undefined;
  const type = headers.get("content-type") ?? "no type";
  return `what the server answers for ${address} is no WebAssembly (${type}): it sends this where it lacks the file`;
}

function whereFilesAre(): string {
  return tf.device_util.isBrowser()
    ? "Serve the .wasm files of @tensorflow/tfjs-backend-wasm/dist/ with the page and say where: " +
        'useBackend("wasm", { wasmPaths: "/wasm/" })'
    : "Say where the .wasm files of @tensorflow/tfjs-backend-wasm/dist/ are: " +
        'useBackend("wasm", { wasmPaths: "/path/to/dist/" })';
}
