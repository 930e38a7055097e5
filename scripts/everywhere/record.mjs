/** @file Keeps what came of the rows in golden/where-it-runs.json, and writes the tables of docs/where-it-runs.md. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "prettier";
import { root } from "../lib/run.mjs";
import { documentOf } from "./document.mjs";
import { PARTS } from "./rows.mjs";

const RESULTS = join(root, "packages", "testing", "golden", "where-it-runs.json");
const DOCUMENT = join(root, "docs", "where-it-runs.md");

/** Digits that are of use; what is measured differs by more from run to run. */
const rounded = (key, value) => (typeof value === "number" ? Number(value.toPrecision(3)) : value);

/** Puts these results, by name, in the place of those of the same rows, with today's date. */
export async function record(results) {
  const last = existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, "utf8")).rows : [];
  const date = new Date().toISOString().slice(0, 10);
  const rows = Object.entries(PARTS).flatMap(([part, rows]) =>
    rows.map(({ name, title }) => {
      const facts = { part, name, title };
      if (results[name]) return { ...facts, ...results[name], date };
      return {
        ...(last.find((row) => row.name === name) ?? { works: "not tried", reason: "not yet", date }),
        ...facts,
      };
    }),
  );
  const table = { rows };
  writeFileSync(RESULTS, await format(JSON.stringify(table, rounded), { parser: "json", printWidth: 110 }));
  const text = documentOf(readFileSync(DOCUMENT, "utf8"), JSON.parse(readFileSync(RESULTS, "utf8")));
  writeFileSync(DOCUMENT, await format(text, { parser: "markdown", printWidth: 110 }));
}
