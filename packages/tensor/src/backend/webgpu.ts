/** @file Makes WebGPU available, in Node through the package `webgpu` (Dawn), and looks at its adapter. */
import * as tf from "@tensorflow/tfjs-core";
import { importFailure } from "./import-package.ts";
import { isSoftwareRenderer, softwareReason } from "./software-renderer.ts";
import { type Gpu, requestAdapter } from "./webgpu-device.ts";

interface Dawn {
  create: (options: readonly string[]) => Gpu;
  globals: Record<string, unknown>;
}

const NODE_INSTALL = "npm install webgpu @tensorflow/tfjs-backend-webgpu";

/** Calls at the same time share one. */
let installing: Promise<Gpu> | undefined;

/** Throws, with the reason, unless there is a WebGPU adapter that may be used. */
export async function prepareWebGpu(allowSoftware: boolean): Promise<void> {
  const gpu = currentGpu() ?? (await (installing ??= installDawn().finally(() => (installing = undefined))));
  const adapter = await requestAdapter(gpu);
  if (!adapter) throw new Error(noAdapter());
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info ?? {};
  const isSoftware =
    isFallbackAdapter === true ||
    adapter.isFallbackAdapter === true ||
    isSoftwareRenderer(vendor, architecture, device, description);
  if (isSoftware && !allowSoftware) {
    throw new Error(softwareReason("webgpu", description || device || architecture || "unnamed"));
  }
}

function currentGpu(): Gpu | undefined {
  return (globalThis as { navigator?: { gpu?: Gpu } }).navigator?.gpu;
}

/**
 * Puts Dawn's classes and constants on `globalThis` and its GPU on `navigator`. It does not keep Node running:
 * a script that is done ends by itself.
 */
async function installDawn(): Promise<Gpu> {
  if (tf.device_util.isBrowser() || !tf.env().getBool("IS_NODE")) throw new Error(noWebGpu());
  const { create, globals } = await importDawn();
  for (const [name, value] of Object.entries(globals)) {
    if (!(name in globalThis)) {
      Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    }
  }
  const gpu = create([]);
  // Node has a navigator from version 21 on, and none has `gpu`. An empty `userAgent` is "no mobile phone".
  if (!("navigator" in globalThis)) {
    const navigator = { userAgent: "" };
    Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true, writable: true });
  }
  const { navigator } = globalThis as unknown as { navigator: object };
  Object.defineProperty(navigator, "gpu", { value: gpu, configurable: true, enumerable: true });
  return gpu;
}

async function importDawn(): Promise<Dawn> {
  // A variable, so that no bundler tries to put a native module into a bundle.
  const dawnPackage = "webgpu";
  try {
    // What a package exports is its own contract; nothing can check it here.
    return (await import(/* webpackIgnore: true */ /* @vite-ignore */ dawnPackage)) as Dawn;
  } catch (error) {
    throw importFailure(dawnPackage, error, NODE_INSTALL);
  }
}

function noWebGpu(): string {
  return (
    "this browser has no WebGPU (navigator.gpu is missing): it needs https or localhost, and a browser " +
    "that has it switched on (https://caniuse.com/webgpu)"
  );
}

function noAdapter(): string {
  return tf.device_util.isBrowser()
    ? "the browser has WebGPU but gives no adapter: check that graphics acceleration is on and the GPU is not " +
        "blocked (chrome://gpu), and the graphics driver"
    : "Dawn finds no adapter: check the graphics driver (vulkaninfo --summary lists what Vulkan sees; macOS and " +
        "Windows need none), that libvulkan.so.1 is on the library path, and that VK_ICD_FILENAMES, if set, " +
        "names the driver's .json file";
}
