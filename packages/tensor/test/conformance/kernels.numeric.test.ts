/** @file A part of the conformance run: each kernel is what docs/kernels.md says it is on this backend. */
import { type Cell, differencesFromTable, eager, KERNELS } from "@nnx-js/testing/conformance";
import table from "@nnx-js/testing/golden/kernels.json" with { type: "json" };
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";

const column = inject("backend") as "cpu" | "wasm" | "webgl" | "webgpu";
const rows = table.kernels as Record<string, Record<typeof column, Cell> | undefined>;

/** The backends that would compute small tensors on the CPU otherwise. */
const FORWARD = { webgpu: "WEBGPU_CPU_FORWARD", webgl: "WEBGL_CPU_FORWARD" } as const;
const flag = column === "webgpu" || column === "webgl" ? FORWARD[column] : undefined;

beforeAll(() => {
  if (flag) tf.env().set(flag, false);
});

afterAll(() => {
  if (flag) tf.env().set(flag, true);
});

test.each(KERNELS)("%s", async (kernelName) => {
  const cell = rows[kernelName]?.[column];
  expect(cell, "its row: npm run conformance").toBeDefined();
  const isRegistered = tf.getKernel(kernelName, column) !== undefined;
  expect(isRegistered, "whether it is registered").toBe(cell!.status !== "missing");
  const problems = await differencesFromTable(kernelName, cell!, eager());
  expect(problems, "docs/kernels.md says otherwise: repair the kernel, or npm run conformance").toEqual([]);
});
