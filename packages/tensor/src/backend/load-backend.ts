/** @file Loads the package of a backend, which registers it, after checking that it can work here. */
import type { BackendName } from "./backend-name.ts";
import { importPackage } from "./import-package.ts";
import { prepareWebGl } from "./webgl.ts";
import { prepareWebGpu } from "./webgpu.ts";

/** Folder of the `.wasm` files, or the address of each by its file name. */
export type WasmPaths = string | Readonly<Record<string, string>>;

/** What the loading of a backend depends on. */
export interface LoadOptions {
  allowSoftware: boolean;
  wasmPaths: WasmPaths | undefined;
}

interface WasmPackage {
  setWasmPaths: (paths: WasmPaths) => void;
}

/** Throws, with the reason, when the backend cannot work here. */
export const loadBackend: Record<BackendName, (options: LoadOptions) => Promise<void>> = {
  async cpu() {
    await importPackage("@tensorflow/tfjs-backend-cpu", () => import("@tensorflow/tfjs-backend-cpu"));
  },

  async wasm({ wasmPaths }) {
    const { setWasmPaths } = await importPackage<WasmPackage>(
      "@tensorflow/tfjs-backend-wasm",
      () => import("@tensorflow/tfjs-backend-wasm"),
    );
    // In Node the package finds the files beside itself.
    if (wasmPaths === undefined) return;
    const isFolder = typeof wasmPaths === "string";
    setWasmPaths(isFolder && !wasmPaths.endsWith("/") ? `${wasmPaths}/` : wasmPaths);
  },

  async webgl({ allowSoftware }) {
    prepareWebGl(allowSoftware);
    await importPackage("@tensorflow/tfjs-backend-webgl", () => import("@tensorflow/tfjs-backend-webgl"));
  },

  async webgpu({ allowSoftware }) {
    await prepareWebGpu(allowSoftware);
    // After the line above: the package registers nothing where there is no navigator.gpu yet.
    await importPackage("@tensorflow/tfjs-backend-webgpu", () => import("@tensorflow/tfjs-backend-webgpu"));
  },
};
