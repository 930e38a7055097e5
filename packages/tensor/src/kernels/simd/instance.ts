/** @file Vector kernels of ours in the memory of TensorFlow.js's wasm backend. */
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { assemble } from "./assemble.ts";
import { FUNCTIONS } from "./functions.ts";

/** Float32 arrays are byte offsets in the backend's memory; what each function does stands in `functions.ts`. */
export interface SimdKernels {
  clamp(x: number, out: number, n: number, low: number, high: number): void;
  maximum(a: number, b: number, out: number, n: number): void;
  minimum(a: number, b: number, out: number, n: number): void;
  sign(x: number, out: number, n: number): void;
  hasNaN(x: number, n: number): number;
  sumRows(x: number, out: number, rows: number, n: number, divisor: number): void;
  sumColumns(x: number, out: number, n: number, columns: number, divisor: number): void;
  int8Multiply(x: number, words: number, out: number, k: number, width: number): void;
  int8MultiplyTwo(x: number, words: number, out: number, k: number, width: number): void;
  int8Unpack(words: number, out: number, rows: number, width: number): void;
}

/** The part of WebAssembly that is used here: this package is compiled without the DOM's types. */
interface WebAssemblyApi {
  Memory: new (limits: object) => object;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: unknown };
}

const instances = new WeakMap<BackendWasm, SimdKernels | undefined>();

/** Undefined where there are no vector instructions, or the backend's memory is out of reach, as with threads. */
export function simdKernels(backend: BackendWasm): SimdKernels | undefined {
  if (!instances.has(backend)) instances.set(backend, instantiate(backend));
  return instances.get(backend);
}

function instantiate(backend: BackendWasm): SimdKernels | undefined {
  const { Memory, Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;
  // Emscripten keeps what the module exports under `asm`; the types leave it out.
  const { asm = {} } = backend.wasm as unknown as { asm?: Record<string, unknown> };
  const memory = Object.values(asm).find((value) => value instanceof Memory);
  if (!memory) return undefined;
  try {
    // `FUNCTIONS` has the functions of the interface.
    return new Instance(new Module(assemble(FUNCTIONS)), { env: { memory } }).exports as SimdKernels;
  } catch {
    return undefined;
  }
}
