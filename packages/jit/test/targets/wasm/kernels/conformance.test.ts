/** @file A part of the conformance run: each compiled kernel is what docs/kernels.md says it is. */
import { type Cell, differencesFromTable, KERNELS } from "@nnx-js/testing/conformance";
import table from "@nnx-js/testing/golden/kernels.json" with { type: "json" };
import { expect, test } from "vitest";
import { compiledKernels } from "../compiled-kernels.ts";

const rows = table.kernels as Record<string, { jit: Cell } | undefined>;

test.each(KERNELS)("%s", async (kernelName) => {
  const cell = rows[kernelName]?.jit;
  expect(cell, "its row: npm run conformance").toBeDefined();
  const problems = await differencesFromTable(kernelName, cell!, compiledKernels);
  expect(problems, "docs/kernels.md says otherwise: repair the kernel, or npm run conformance").toEqual([]);
});
