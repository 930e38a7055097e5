/** @file Finds out why the wasm backend does not start: of most failures TensorFlow.js says only what to do. */
import * as tf from "@tensorflow/tfjs-core";
import { reasonOf } from "./errors.ts";
import { fileAddress, WASM_FILE } from "./wasm-files.ts";

/** What Emscripten writes before the reason for which it gives up. */
const ABORTED = /^Aborted\((.*?)\)?(?:\. Build with -sASSERTIONS for more info\.?)?$/s;

/** Listens to what Emscripten writes to the console, the only place where it says why, until `stop`. */
export class WasmStart {
  private readonly warn = console.warn;
  private readonly listener: typeof console.warn;
  private readonly begin = performance.now();
  private aborted: string | undefined;

  constructor() {
    this.listener = (...values: unknown[]) => {
      this.aborted ??= ABORTED.exec(String(values[0]))?.[1];
      this.warn.apply(console, values);
    };
    console.warn = this.listener;
  }

  stop(): void {
    // Somebody may have wrapped it since.
    if (console.warn === this.listener) console.warn = this.warn;
  }

  /** Why the start that ended with `error` has failed, and what to do. */
  async failure(error: unknown): Promise<Error> {
    const text = ABORTED.exec(reasonOf(error))?.[1] ?? reasonOf(error);
    const isAdvice = text.startsWith("Make sure the server can serve");
    const told = this.aborted ?? (isAdvice ? "its .wasm file could not be loaded" : text);
    const reason = tf.device_util.isBrowser()
      ? ((await whatServerSays(fileAddress() ?? lastAsked(this.begin))) ?? told)
      : told;
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

/** The address of the backend's file that the page has asked for since `begin`, as the browser remembers it. */
function lastAsked(begin: number): string | undefined {
  const { getEntriesByType } = performance as { getEntriesByType?: (type: string) => Entry[] };
  const entries = getEntriesByType?.call(performance, "resource") ?? [];
  return entries.find(({ name, startTime }) => startTime >= begin && WASM_FILE.test(name))?.name;
}

/** A request, of those that a page remembers. */
interface Entry {
  readonly name: string;
  readonly startTime: number;
}

function whereFilesAre(): string {
  return tf.device_util.isBrowser()
    ? "Serve the .wasm files of @tensorflow/tfjs-backend-wasm/dist/ with the page and say where: " +
        'useBackend("wasm", { wasmPaths: "/wasm/" })'
    : "Say where the .wasm files of @tensorflow/tfjs-backend-wasm/dist/ are: " +
        'useBackend("wasm", { wasmPaths: "/path/to/dist/" })';
}
