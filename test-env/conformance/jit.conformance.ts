/** @file The kernels as `jit` compiles them to WebAssembly. */
import { useBackend } from "@nnx-js/tensor";
import { beforeAll } from "vitest";
import { compiledKernels } from "../../packages/jit/test/targets/wasm/compiled-kernels.ts";
import { prepare } from "./prepare.ts";
import { reportKernels } from "./suite.ts";

beforeAll(async () => {
  await useBackend("cpu");
  prepare();
});

reportKernels(
  () => compiledKernels,
  () => true,
);
