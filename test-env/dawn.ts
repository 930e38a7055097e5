/** @file Runs before the webgpu tests in Node: gives them a WebGPU whose pipelines a software driver compiles quickly. */
import { createRequire } from "node:module";

/** Installs Dawn as `useBackend` would, if nobody has, with a switch that changes how long compiling takes only. */
if (!(globalThis.navigator as { gpu?: unknown } | undefined)?.gpu) {
  const ofTensor = createRequire(new URL("../packages/tensor/package.json", import.meta.url));
  const { create, globals } = (await import(ofTensor.resolve("webgpu"))) as {
    create: (options: readonly string[]) => unknown;
    globals: Record<string, unknown>;
  };
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  if (!("navigator" in globalThis)) {
    const value = { userAgent: "" };
    Object.defineProperty(globalThis, "navigator", { value, configurable: true, writable: true });
  }
  // SwiftShader compiles a store for each word of workgroup memory that it clears: seconds a pipeline.
  const value = create(["enable-dawn-features=disable_workgroup_init"]);
  Object.defineProperty(globalThis.navigator, "gpu", { value, configurable: true, enumerable: true });
}
