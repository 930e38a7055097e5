/** @file ONNX Runtime, in WebAssembly and native. */
import { availableParallelism } from "node:os";

/** A model that a runtime has loaded. */
export interface Session {
  /** The elements of the result. */
  run(): Promise<Float32Array>;
  close(): Promise<void>;
}

/** What is used of either package. */
interface Runtime {
  readonly env: { wasm: { numThreads?: number }; logLevel?: string };
  readonly Tensor: new (type: "float32", data: Float32Array, shape: readonly number[]) => OrtTensor;
  readonly InferenceSession: {
    create(
      model: Uint8Array,
      options: object,
    ): Promise<{
      readonly inputNames: readonly string[];
      readonly outputNames: readonly string[];
      run(feeds: Record<string, OrtTensor>): Promise<Record<string, OrtTensor>>;
      release(): Promise<void>;
    }>;
  };
}

interface OrtTensor {
  readonly data: unknown;
}

/** The packages, by what tables call them. */
export const RUNTIMES = {
  "onnxruntime-web": async () => asRuntime(await import("onnxruntime-web")),
  "onnxruntime-node": async () => asRuntime(await import("onnxruntime-node")),
} as const;

/** The name of a runtime. */
export type RuntimeName = keyof typeof RUNTIMES;

/** Loads `model`, which has one input and one output, with as many threads as there are cores. */
export async function openSession(
  name: RuntimeName,
  model: Uint8Array,
  x: { readonly data: Float32Array; readonly shape: readonly number[] },
): Promise<Session> {
  const isNode = !("Worker" in globalThis);
  const { env, Tensor, InferenceSession } = await RUNTIMES[name]();
  const threads = availableParallelism();
  if (name === "onnxruntime-web") env.wasm.numThreads = threads;
  const session = await InferenceSession.create(model, {
    executionProviders: [name === "onnxruntime-web" ? "wasm" : "cpu"],
    graphOptimizationLevel: "all",
    intraOpNumThreads: threads,
    logSeverityLevel: 3,
  });
  const feeds = { [session.inputNames[0]!]: new Tensor("float32", x.data, x.shape) };
  const output = session.outputNames[0]!;
  return {
    // The model's result is float32.
    run: async () => (await session.run(feeds))[output]!.data as Float32Array,
    async close() {
      await session.release();
      // onnxruntime-web defines it in Node; others take what has it for a browser.
      if (isNode) Reflect.deleteProperty(globalThis, "Worker");
    },
  };
}

function asRuntime(module: object): Runtime {
  // One is an ES module, the other one CommonJS; they are typed for browsers.
  return ("default" in module && !("InferenceSession" in module) ? module.default : module) as Runtime;
}
