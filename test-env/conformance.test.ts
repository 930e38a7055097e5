/** @file The checked-in table of kernels: the document is made of its data, and what our packages use is right in it. */
import table from "@nnx-js/testing/golden/kernels.json" with { type: "json" };
import { KERNELS } from "@nnx-js/testing/conformance";
import * as tf from "@tensorflow/tfjs-core";
import { readFileSync } from "node:fs";
import { format } from "prettier";
import { expect, test } from "vitest";
import { COLUMNS, documentOf, EXCLUDED_KERNELS } from "../scripts/lib/kernel-table.mjs";

const rows = Object.entries(
  table.kernels as unknown as Record<string, { used: boolean } & Record<string, { status: string }>>,
);

test("docs/kernels.md is made of the table's data", async () => {
  const text = await format(documentOf(table), { parser: "markdown", printWidth: 110 });
  expect(readFileSync("docs/kernels.md", "utf8")).toBe(text);
});

test("every kernel of every backend has cases, or a reason why it has none", async () => {
  await Promise.all([
    import("@tensorflow/tfjs-backend-cpu"),
    import("@tensorflow/tfjs-backend-wasm"),
    import("@tensorflow/tfjs-backend-webgl"),
    import("@tensorflow/tfjs-backend-webgpu"),
  ]);
  const names = ["cpu", "wasm", "webgl", "webgpu"].flatMap((backend) =>
    tf.getKernelsForBackend(backend).map(({ kernelName }) => kernelName),
  );
  const known = new Set([...KERNELS, ...EXCLUDED_KERNELS]);
  expect([...new Set(names)].filter((name) => !known.has(name))).toEqual([]);
});

test.each(COLUMNS)("on %s, what layers, losses, metrics, optimisers and gradients use is right", (column) => {
  const others = rows.filter(([, row]) => row.used && !["right", "ours"].includes(row[column]!.status));
  expect(others.map(([name]) => name)).toEqual([]);
});

test.each(COLUMNS)("on %s, no kernel is wrong", (column) => {
  const wrong = rows.filter(([, row]) => row[column]!.status === "wrong");
  expect(wrong.map(([name]) => name)).toEqual([]);
});
