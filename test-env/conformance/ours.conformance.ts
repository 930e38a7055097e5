/** @file The kernels of a backend as they are with @nnx-js/tensor. */
import { useBackend } from "@nnx-js/tensor";
import { eager } from "@nnx-js/testing/conformance";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, inject } from "vitest";
import { prepare, wasmPaths } from "./prepare.ts";
import { reportKernels } from "./suite.ts";

beforeAll(async () => {
  await useBackend(inject("backend"), { wasmPaths });
  prepare();
});

reportKernels(eager, (kernelName) => tf.getKernel(kernelName, tf.getBackend()) !== undefined);
