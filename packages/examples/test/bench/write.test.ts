/** @file Tables of bench/README.md. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { busyRows, describeBusy } from "../../src/bench/busy.ts";
import { inferenceRows, markdown, replaced, trainingRows } from "../../src/bench/write.ts";

const measured = (name: string, milliseconds: number, ratio: number) => ({
  name,
  milliseconds,
  ratio,
  rounds: 3,
});

test("columns stand under each other", () => {
  expect(markdown([["ms", "long name"], ["a", "1"]])).toBe("| ms  | long name |\n| --- | --------- |\n| a   | 1         |"); // prettier-ignore
});

test("a table takes the place of what stands between its marks", () => {
  const text = "a\n<!-- training -->\n\nold\n\n<!-- end -->\nb <!-- busy --> <!-- end -->";
  expect(replaced(text, "training", "new")).toBe(
    "a\n<!-- training -->\n\nnew\n\n<!-- end -->\nb <!-- busy --> <!-- end -->",
  );
  expect(() => replaced("", "training", "new")).toThrow(/expected <!-- training -->/);
});

test("the document has all marks", async () => {
  const text = await readFile(resolve(import.meta.dirname, "../../../../bench/README.md"), "utf8");
  for (const name of ["training", "inference", "busy"] as const) {
    expect(replaced(text, name, "table")).toContain(`<!-- ${name} -->\n\ntable\n\n<!-- end -->`);
  }
});

test("training has a column for each workload, and Flax's ratios", () => {
  const of = (workload: string, ...measurements: ReturnType<typeof measured>[]) => ({
    workload,
    title: "",
    measurements,
    unable: [],
    jit: { trace: 1, first: 1, flops: 1, memory: { state: 1, workspace: 1, live: 1 } },
    flax: [{ workload, name: "flax nnx.jit", milliseconds: 40, rounds: 3 }],
  });
  expect(
    trainingRows([
      of("guide", measured("jit", 20, 1), measured("eager", 30, 1.6)),
      of("gpt", measured("jit", 80, 1)),
    ]),
  ).toEqual([
    ["ms", "guide", "gpt"],
    ["jit", "20.0", "80.0"],
    ["eager", "30.0 (1.60 x)", "none"],
    ["flax nnx.jit", "40.0 (2.00 x)", "40.0 (0.500 x)"],
  ]);
});

test("inference has a row for each case", () => {
  const found = { inference: "mlp-1", title: "", differences: {}, unable: [] };
  const rows = inferenceRows([{ ...found, measurements: [measured("jit", 1, 1), measured("ort", 3, 3.1)] }]);
  expect(rows).toEqual([
    ["ms", "jit", "ort"],
    ["mlp-1", "1.00", "3.00 (3.10 x)"],
  ]);
});

test("a busy machine has a row for each step", () => {
  const found = [{ name: "mlp", compiled: { idle: 5, busy: 9, single: 8 }, eager: { idle: 16, busy: 20 } }];
  expect(busyRows(found)[1]).toEqual(["mlp", "5.00", "9.00", "8.00", "1.13", "16.0", "20.0"]);
  expect(describeBusy(found)).toMatch(/busy \/ one thread/);
});
