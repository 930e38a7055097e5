import * as tf from "@tensorflow/tfjs-core";
export async function useBackend(name: string = "cpu", options: { wasmPath?: string } = {}): Promise<void> {
  if (name === "wasm") {
    const wasm = await import("@tensorflow/tfjs-backend-wasm");
    if (options.wasmPath) wasm.setWasmPaths(options.wasmPath);
  } else if (name === "cpu") await import("@tensorflow/tfjs-backend-cpu");
  else if (name === "webgl") await import("@tensorflow/tfjs-backend-webgl");
  else {
    if (typeof window === "undefined") {
      const { create, globals } = (await import("webgpu")) as any;
      Object.assign(globalThis, globals);
      Object.defineProperty(globalThis, "navigator", {
        value: { gpu: create([]), userAgent: "" },
        configurable: true,
      });
    }
    await import("@tensorflow/tfjs-backend-webgpu");
  }
  await tf.setBackend(name);
}
