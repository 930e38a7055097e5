/** @file The indexes of the packages: lists of what is exported, in an order in which it is found. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const packages = fileURLToPath(new URL("../packages", import.meta.url));
/** They are run, not imported. */
const PAGES_AND_PROGRAMS = ["examples", "in-an-app", "playground"];
const indexes = readdirSync(packages)
  .filter((name) => !PAGES_AND_PROGRAMS.includes(name))
  .map((name) => [name, `${packages}/${name}/src/index.ts`] as const);

const REEXPORT = /^export (?:type )?(?:\{[^}]*\}|\* as \w+) from "(.*?)(?:\.ts)?";$/gm;
/** Of a file that extends a class of TensorFlow.js. */
const SIDE_EFFECT = /^import ".*";$/gm;

test.each(indexes)("%s re-exports by name, sorted by file", (_name, path) => {
  const source = readFileSync(path, "utf8");
  expect(source.replaceAll(REEXPORT, "").replaceAll(SIDE_EFFECT, "").trim()).toBe("");
  const files = [...source.matchAll(REEXPORT)].map(([, file]) => file!);
  expect(files).toEqual([...files].sort());
});
