/** @file Loads the package of a backend, which registers it, after checking that it can work here. */
import type { BackendName } from "./backend-name.ts";
import { importFailure } from "./import-package.ts";
import type { LoadOptions } from "./load-options.ts";
import { loadWasm } from "./wasm.ts";
import { prepareWebGl } from "./webgl.ts";
import { prepareWebGpu } from "./webgpu.ts";
import { makeOnOwnDevice } from "./webgpu-device.ts";

/**
 * Throws, with the reason, when the backend cannot work here; gives what is to be done once it is made, or has failed.
 *
 * Each import stands inside a `try` of its own: there, bundlers only warn of a package that is not installed.
 */
export const loadBackend: Record<BackendName, (options: LoadOptions) => Promise<(() => void) | void>> = {
  async cpu() {
    try {
      await import("@tensorflow/tfjs-backend-cpu");
    } catch (error) {
      throw importFailure("@tensorflow/tfjs-backend-cpu", error);
    }
  },

  wasm: loadWasm,

  async webgl({ allowSoftware }) {
    prepareWebGl(allowSoftware);
    try {
      await import("@tensorflow/tfjs-backend-webgl");
    } catch (error) {
      throw importFailure("@tensorflow/tfjs-backend-webgl", error);
    }
  },

  async webgpu({ allowSoftware }) {
    await prepareWebGpu(allowSoftware);
    try {
      // After the line above: the package registers nothing where there is no navigator.gpu yet.
      const { WebGPUBackend } = await import("@tensorflow/tfjs-backend-webgpu");
      makeOnOwnDevice(WebGPUBackend);
    } catch (error) {
      throw importFailure("@tensorflow/tfjs-backend-webgpu", error);
    }
  },
};
