/** @file The figures of docs/optimisers.md: runs give them, and its pictures and its table show them. */
import { useBackend } from "@nnx-js/tensor";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CATALOGUE } from "../src/optimisers/catalogue.ts";
import { type Figures, figuresOf } from "../src/optimisers/figures.ts";
import { curves, lastLosses } from "../src/optimisers/pictures.ts";
import { withTable } from "../src/optimisers/table.ts";
import { disposeTask, loadTask, type Task } from "../src/optimisers/task.ts";
import { train } from "../src/optimisers/train.ts";

const docs = new URL("../../../docs/", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, docs), "utf8");
const figures = JSON.parse(read("images/optimisers/figures.json")) as Figures[];

describe("the figures of the optimisers", () => {
  test("are those of the catalogue", () => {
    const expected = CATALOGUE.map(({ name, rate }) => ({ name, rate }));
    expect(figures.map(({ name, rate }) => ({ name, rate }))).toEqual(expected);
  });

  test("are in the pictures", async () => {
    await expect(curves(figures)).toMatchFileSnapshot("../../../docs/images/optimisers/curves.svg");
    await expect(lastLosses(figures)).toMatchFileSnapshot("../../../docs/images/optimisers/last-losses.svg");
  });

  test("are in the table", () => {
    const document = read("optimisers.md");
    expect(withTable(document, figures)).toBe(document);
    expect(() => withTable("", figures)).toThrow(/expected the lines/);
  });

  test("have a row for each optimiser of the document", () => {
    const [, overview = ""] = /## Which one([^]*?)## /.exec(read("optimisers.md")) ?? [];
    const listed = [...overview.matchAll(/^\|(.*?)\|/gm)].flatMap(
      ([, cell = ""]) => cell.match(/\w+(?=[`(])/g) ?? [],
    );
    expect(new Set(figures.map(({ name }) => /^\w+/.exec(name)![0]))).toEqual(new Set(listed));
  });
});

describe("a run", () => {
  let task: Task;
  beforeAll(async () => {
    await useBackend("wasm");
    task = await loadTask();
  });
  afterAll(async () => {
    disposeTask(task);
    await useBackend("cpu");
  });

  test.each(["adamw", "sgd", "lion", "momo", "scheduleFreeAdamw", "sam(sgd)"])(
    "of %s gives its figures",
    (name) => {
      const entry = CATALOGUE.find((entry) => entry.name === name)!;
      const adamw = CATALOGUE.find((entry) => entry.name === "adamw")!;
      const run = train(entry, task);
      const [mine] = figuresOf([entry, adamw], [run, run]);
      const kept = figures.find((row) => row.name === name)!;
      // Roundings differ between processors.
      expect(mine!.losses).toHaveLength(kept.losses.length);
      kept.losses.forEach((loss, i) => {
        const error = Math.abs(mine!.losses[i]! / loss - 1);
        expect(error, `step ${5 * i}`).toBeLessThan(0.01);
      });
      expect(mine!.note).toBe(kept.note);
    },
  );
});
