/** @file The projects of `npm run conformance`: each backend with @nnx-js/tensor and without, and `jit`. */
import { fileURLToPath } from "node:url";
import { defineConfig, type TestProjectConfiguration } from "vitest/config";
import { browserProject, chromium, nodeProject } from "../projects.ts";

const found = chromium();
const wanted = process.env["NNX_CONFORMANCE_BACKENDS"]?.split(",");
const kernels = process.env["NNX_CONFORMANCE_KERNELS"] ?? "";

/** One project for each way in which kernels are run: `wasm ours`, `wasm plain`, `jit ours`. */
function project(column: string, whose: "ours" | "plain"): TestProjectConfiguration | undefined {
  if (wanted && !wanted.includes(column)) return undefined;
  if (!found && column.startsWith("web")) return undefined;
  const options = {
    name: `${column} ${whose}`,
    backend: column === "jit" ? "cpu" : column,
    include: [`test-env/conformance/${column === "jit" ? "jit" : whose}.conformance.ts`],
    setupFiles: [],
    env: { ...found?.dawn },
    provide: { kernels },
  };
  return column === "webgl" ? browserProject(options, found!.executablePath) : nodeProject(options);
}

const columns = ["cpu", "wasm", "webgpu", "webgl"];

export default defineConfig({
  root: fileURLToPath(new URL("../..", import.meta.url)),
  test: {
    projects: [
      ...columns.flatMap((column) => [project(column, "plain"), project(column, "ours")]),
      project("jit", "ours"),
    ].filter((each) => each !== undefined),
  },
});
