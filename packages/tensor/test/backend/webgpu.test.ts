/** @file How WebGPU adapters are judged; the navigator is a stand-in. */
import { useBackend } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, describe, expect, it, vi } from "vitest";

interface Adapter {
  isFallbackAdapter?: boolean;
  info?: Record<string, unknown>;
}

function withAdapter(adapter: Adapter | null): void {
  vi.stubGlobal("navigator", { userAgent: "", gpu: { requestAdapter: () => Promise.resolve(adapter) } });
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("a software adapter", () => {
  const adapters: [string, Adapter][] = [
    ["by isFallbackAdapter of its info", { info: { isFallbackAdapter: true } }],
    ["by isFallbackAdapter", { isFallbackAdapter: true }],
    ["by the architecture swiftshader", { info: { vendor: "google", architecture: "swiftshader" } }],
    [
      "by the description llvmpipe",
      { info: { vendor: "mesa", description: "llvmpipe (LLVM 17, 256 bits)" } },
    ],
    ["by the device lavapipe", { info: { device: "lavapipe" } }],
    ["by Microsoft's name", { info: { description: "Microsoft Basic Render Driver" } }],
  ];

  it.each(adapters)("is known %s, and passed over in a list", async (_, adapter) => {
    withAdapter(adapter);
    const { backend, failures } = await useBackend(["webgpu", "cpu"]);
    expect([backend, tf.getBackend()]).toEqual(["cpu", "cpu"]);
    expect(failures["webgpu"]).toMatch(/^the only adapter, .*, is software, .* softwareAdapter: true$/);
  });

  it("is passed over even when webgpu is named alone, if the option says so", async () => {
    withAdapter({ info: { description: "SwiftShader driver 5.0.0" } });
    await expect(useBackend("webgpu", { softwareAdapter: false })).rejects
      .toThrowErrorMatchingInlineSnapshot(`
      [BackendUnavailableError: expected a backend that works here, found none:
      - webgpu: the only adapter, SwiftShader driver 5.0.0, is software, slower than wasm. To use it: useBackend("webgpu"), or the option softwareAdapter: true
      The cpu backend works everywhere: useBackend([…, "cpu"])]
    `);
  });
});

it("says what to check where there is no adapter", async () => {
  withAdapter(null);
  await expect(useBackend("webgpu")).rejects.toThrow(/Dawn finds no adapter: .*VK_ICD_FILENAMES/);
});
