/** @file The checked-in table of where the packages run: the document is made of its data, and what has to work does. */
import table from "@nnx-js/testing/golden/where-it-runs.json" with { type: "json" };
import { readFileSync } from "node:fs";
import { format } from "prettier";
import { expect, test } from "vitest";
import { documentOf } from "../scripts/everywhere/document.mjs";

const { rows } = table as {
  rows: { part: string; name: string; title: string; works: string; date: string }[];
};

test("the tables of docs/where-it-runs.md are made of the data", async () => {
  const text = readFileSync("docs/where-it-runs.md", "utf8");
  expect(await format(documentOf(text, table), { parser: "markdown", printWidth: 110 })).toBe(text);
});

test("no row fails, and those that do not work have a reason", () => {
  expect(rows.filter(({ works }) => works === "no").map(({ name }) => name)).toEqual([]);
  for (const row of rows.filter(({ works }) => works !== "yes")) expect(row).toHaveProperty("reason");
});

test("there are rows of every part, each with a name of its own", () => {
  expect(new Set(rows.map(({ part }) => part))).toEqual(
    new Set(["runtimes", "browsers", "bundlers", "refusals", "typescript"]),
  );
  expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
});
