/** @file Loads the package of a backend, which registers it, after checking that it can work here. */
import type { BackendName } from "./backend-name.ts";
import { exportsOf, importFailure } from "./import-package.ts";
import type { LoadOptions } from "./load-options.ts";
import { loadWasm } from "./wasm.ts";
import { prepareWebGl } from "./webgl.ts";
import { prepareWebGpu } from "./webgpu.ts";
import { makeOnOwnDevice } from "./webgpu-device.ts";

/** How a backend is loaded. */
interface Loading extends LoadOptions {
  /** Called as soon as it is known that the backend may work here. */
  readonly onSuitable: () => void;
}

/**
 * Throws, with the reason, when the backend cannot work here; gives what is to be done once it is made, or has failed.
 *
 * Each import stands inside a `try` of its own: there, bundlers only warn of a package that is not installed.
 */
export const loadBackend: Record<BackendName, (options: Loading) => Promise<(() => void) | void>> = {
  async cpu({ onSuitable }) {
    onSuitable();
    try {
      await import("@tensorflow/tfjs-backend-cpu");
    } catch (error) {
      throw importFailure("@tensorflow/tfjs-backend-cpu", error);
    }
  },

  async wasm(options) {
    options.onSuitable();
    return loadWasm(options);
  },

  async webgl({ allowSoftware, onSuitable }) {
    prepareWebGl(allowSoftware);
    onSuitable();
    try {
      await import("@tensorflow/tfjs-backend-webgl");
    } catch (error) {
      throw importFailure("@tensorflow/tfjs-backend-webgl", error);
    }
  },

  async webgpu({ allowSoftware, onSuitable }) {
    await prepareWebGpu(allowSoftware);
    onSuitable();
    try {
      // After the line above: the package registers nothing where there is no navigator.gpu yet.
      const loaded = await import("@tensorflow/tfjs-backend-webgpu");
      makeOnOwnDevice(exportsOf(loaded, "WebGPUBackend").WebGPUBackend);
    } catch (error) {
      throw importFailure("@tensorflow/tfjs-backend-webgpu", error);
    }
  },
};
