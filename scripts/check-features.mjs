/** @file Checks FEATURES.md against the built packages: what is "done" is exported, what is exported is listed. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./lib/run.mjs";

const PACKAGES = ["tensor", "nn", "view", "optim", "checkpoint", "jit", "train"];
const problems = [];

/** What a package exports: its values, and the names of values and types together. */
async function exportsOf(packageName) {
  const dist = join(root, "packages", packageName, "dist");
  const values = await import(pathToFileURL(join(dist, "index.js")).href);
  const declarations = readFileSync(join(dist, "index.d.ts"), "utf8");
  const lists = [...declarations.matchAll(/export (?:type )?\{([^}]*)\}/g)].map(([, list]) => list);
  const names = lists.flatMap((list) => list.split(",")).map((item) => item.trim().split(/\s+/).at(-1));
  const namespaces = [...declarations.matchAll(/export \* as (\w+)/g)].map(([, name]) => name);
  return { values, names: new Set([...names.filter(Boolean), ...namespaces]) };
}

const isObject = (value) => (typeof value === "object" && value !== null) || typeof value === "function";

/** Whether `name` is there: an export (`Rngs`), a method of a class (`Rngs#fork`) or a member (`random.key`). */
function isThere({ values, names }, name) {
  const [owner, method] = name.split("#");
  if (method) return method in (values[owner]?.prototype ?? {});
  if (names.has(name)) return true;
  const value = name.split(".").reduce((object, key) => (isObject(object) ? object[key] : undefined), values);
  return value !== undefined;
}

const isRule = (line) => line?.startsWith("| -");

/** The rows of the tables below the heading `title`: cells without the backticks. */
function rowsOf(title) {
  const markdown = readFileSync(join(root, "FEATURES.md"), "utf8");
  const part = markdown.split(/^## /m).find((text) => text.startsWith(title)) ?? "";
  const lines = part.split("\n").filter((line) => line.startsWith("|"));
  // A table's head stands above its line of dashes.
  const body = lines.filter((line, index) => !isRule(line) && !isRule(lines[index + 1]));
  return body.map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll("`", "")),
  );
}

const exported = new Map();
for (const packageName of PACKAGES) exported.set(packageName, await exportsOf(packageName));

/** Notes the names of one row as listed, and reports those that their package does not have. */
function checkNames(cell, packageName, row) {
  const found = exported.get(packageName);
  if (!found) {
    problems.push(`${row}: no package "${packageName}"; there are ${PACKAGES.join(", ")}`);
    return;
  }
  for (const name of cell.split(",").map((part) => part.trim())) {
    if (!isThere(found, name)) problems.push(`${row}: "${name}" is not exported by @nnx-js/${packageName}`);
    listed.add(`${packageName} ${name.split(/[#.]/)[0]}`);
  }
}

const listed = new Set();
const flaxNames = new Set();
const counts = { done: 0, planned: 0, "won't": 0 };
for (const [flaxName, name, packageName, status, note] of rowsOf("Flax NNX")) {
  const row = `row "${flaxName}"`;
  if (flaxNames.has(flaxName)) problems.push(`${row} stands twice`);
  flaxNames.add(flaxName);
  if (!(status in counts)) problems.push(`${row}: "${status}" is none of ${Object.keys(counts).join(", ")}`);
  counts[status]++;
  if (status === "done") checkNames(name, packageName, row);
  if (status === "won't" && !note) problems.push(`${row}: won't, but no reason is given`);
  const found = exported.get(packageName);
  if (status === "planned" && found && isThere(found, name)) {
    problems.push(`${row}: "${name}" is exported already: done`);
  }
}
for (const [cell, packageName] of rowsOf("Beyond Flax")) checkNames(cell, packageName, `row "${cell}"`);

for (const [packageName, { names }] of exported) {
  for (const name of names) {
    if (!listed.has(`${packageName} ${name}`)) {
      problems.push(`FEATURES.md does not list "${name}" of @nnx-js/${packageName}`);
    }
  }
}
for (const problem of problems) console.error(problem);
console.log(
  `${counts.done} done, ${counts.planned} planned, ${counts["won't"]} won't; ${problems.length} problems`,
);
process.exitCode = problems.length > 0 ? 1 : 0;
