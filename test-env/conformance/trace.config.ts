/** @file The tests of layers, losses, metrics, optimisers and gradients, with a list made of the kernels that they use. */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { nodeProject } from "../projects.ts";

export default defineConfig({
  root: fileURLToPath(new URL("../..", import.meta.url)),
  test: {
    projects: [
      nodeProject({
        name: "trace",
        backend: "cpu",
        include: [
          "packages/{nn,optim}/test/**/*.test.ts",
          "packages/tensor/test/{gradients,random,convolution}/**/*.test.ts",
        ],
        setupFiles: ["./test-env/setup.ts", "./test-env/conformance/trace.setup.ts"],
      }),
    ],
  },
});
