/** @file Runtimes and policies without WebAssembly: what is said, and what to do. */
import { useBackend } from "@nnx-js/tensor";
import { afterEach, expect, test, vi } from "vitest";

afterEach(() => vi.unstubAllGlobals());

/** Throws as `name` of WebAssembly's classes. */
function forbid(name: "Module" | "Instance", message: string): void {
  function Forbidden(): never {
    throw new Error(message);
  }
  const { Module, Instance, Memory } = WebAssembly;
  vi.stubGlobal("WebAssembly", { Module, Instance, Memory, [name]: Forbidden });
}

const failure = async () => (await useBackend(["wasm", "cpu"])).failures["wasm"];

test("an engine that has none", async () => {
  vi.stubGlobal("WebAssembly", undefined);
  expect(await failure()).toBe("there is no WebAssembly here");
});

test("a runtime that compiles none", async () => {
  forbid("Module", "WebAssembly.Module(): Wasm code generation disallowed by embedder");
  expect(await failure()).toMatch(
    /^WebAssembly is forbidden here \(.*embedder\)\. .*Cloudflare's workers .*cpu/,
  );
});

test("a policy that lets modules be made, but not run, as WebKit does", async () => {
  forbid("Instance", "Refused to create a WebAssembly object.\n");
  expect(await failure()).toBe(
    "WebAssembly is forbidden here (Refused to create a WebAssembly object). In the page's Content-Security-Policy, " +
      "add 'wasm-unsafe-eval' to script-src",
  );
});
