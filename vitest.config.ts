import { defineConfig } from "vitest/config";
import { browserProject, chromium, lavapipe, nodeProject, pageProject } from "./test-env/projects.ts";

const setupFiles = ["./test-env/setup.ts"];

/** Tests that concern numbers run once for each backend; all others run once, on cpu. */
const NUMERIC = "packages/*/test/**/*.numeric.test.ts";
/** Numeric tests that read files or run for minutes stay in Node. */
const NODE_ONLY = "packages/*/test/**/*.node.numeric.test.ts";
/** Tests of the playground as it is built, in browsers. */
const PAGE = "packages/playground/test/e2e/*.e2e.test.ts";
/** Tests of what runs on webgpu only. */
const WEBGPU = "packages/*/test/**/*.webgpu.test.ts";
/** What drivers for WebGPU may differ in: rounding, and features that one of them has. */
const DRIVERS = "packages/jit/test/targets/webgpu/{math,subgroups,products/halves}.webgpu.test.ts";

function node(
  name: string,
  backend: string,
  include: string[],
  rest: { exclude?: string[]; env?: Record<string, string>; first?: string[] } = {},
) {
  const { first = [], ...others } = rest;
  return nodeProject({ name, backend, include, setupFiles: [...first, ...setupFiles], ...others });
}

function chromiumProjects() {
  const found = chromium();
  if (!found) return [];
  const mesa = lavapipe();
  const inBrowser = (backend: string, more: string[] = []) =>
    browserProject(
      { name: `chromium-${backend}`, backend, include: [NUMERIC, ...more], exclude: [NODE_ONLY], setupFiles },
      found.executablePath,
    );
  return [
    node("webgpu", "webgpu", [NUMERIC, WEBGPU], { env: found.dawn, first: ["./test-env/dawn.ts"] }),
    ...(mesa ? [node("lavapipe", "webgpu", [DRIVERS], { env: mesa, first: ["./test-env/dawn.ts"] })] : []),
    inBrowser("webgl"),
    inBrowser("webgpu", [WEBGPU]),
    pageProject("playground", [PAGE], "./packages/playground/test/e2e/support/build.ts"),
  ];
}

export default defineConfig({
  test: {
    projects: [
      node("unit", "cpu", ["packages/*/test/**/*.test.ts", "test-env/**/*.test.ts"], {
        exclude: [NUMERIC, WEBGPU, PAGE],
      }),
      node("cpu", "cpu", [NUMERIC]),
      node("wasm", "wasm", [NUMERIC]),
      ...chromiumProjects(),
    ],
  },
});
