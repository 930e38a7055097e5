/**
 * @file Checks FEATURES.md against the built packages: what it names is exported, and each export is named there or
 * described in the reference, which `npm run docs` writes.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./lib/run.mjs";

const PACKAGES = ["tensor", "nn", "view", "optim", "checkpoint", "jit", "train", "export"];
const SCOPE = "@nnx-js/";
/** Entry points that packages of this project share among themselves, and that may change with any version. */
const SHARED = ["nn/trace"];
const REFERENCE = join(root, "out", "docs", "reference.json");
const problems = [];

/** What one entry point exports: its values, and the names of values and types together. */
async function exportsOfEntry(folder, { types, default: file }) {
  const values = await import(pathToFileURL(join(folder, file)).href);
  const declarations = readFileSync(join(folder, types), "utf8");
  const lists = [...declarations.matchAll(/export (?:type )?\{([^}]*)\}/g)].map(([, list]) => list);
  const names = lists.flatMap((list) => list.split(",")).map((item) => item.trim().split(/\s+/).at(-1));
  const namespaces = [...declarations.matchAll(/export \* as (\w+)/g)].map(([, name]) => name);
  return { values, names: [...names.filter(Boolean), ...namespaces, ...Object.keys(values)] };
}

/** Names that are marked as internal, for the packages themselves: the reference leaves them out. */
function internalOf(folder) {
  const files = readdirSync(folder, { recursive: true }).filter((file) => file.endsWith(".d.ts"));
  const internal = /@internal(?:(?!\*\/)[^])*\*\/\s*export declare \w+(?: class)? (\w+)/g;
  return files.flatMap((file) =>
    [...readFileSync(join(folder, file), "utf8").matchAll(internal)].map(([, name]) => name),
  );
}

/** What a package exports, by all its entry points. */
async function exportsOf(packageName) {
  const folder = join(root, "packages", packageName);
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const entries = Object.entries(manifest.exports)
    .filter(([entry, { types }]) => types && !SHARED.includes(join(packageName, entry)))
    .map(([, files]) => files);
  const found = await Promise.all(entries.map((entry) => exportsOfEntry(folder, entry)));
  const values = Object.assign({}, ...found.map((entry) => entry.values));
  const internal = new Set(internalOf(join(folder, "dist")));
  return { values, names: new Set(found.flatMap((entry) => entry.names)), internal };
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

const namesIn = (text) => [...text.matchAll(/`([^`]+)`/g)].map(([, name]) => name);
const cellsOf = (row) => row.slice(1, -1).split("|").map((cell) => cell.trim()); // prettier-ignore

/** FEATURES.md as data: `[package, name]` of what is here, and `[Flax's name, reason]` of what is not. */
function readFeatures() {
  const here = [];
  const notHere = [];
  let columns = [];
  for (const line of readFileSync(join(root, "FEATURES.md"), "utf8").split("\n")) {
    if (!line.startsWith("|")) columns = [];
    if (line.startsWith(`- \`${SCOPE}`)) {
      const [packageName, ...names] = namesIn(line);
      for (const name of names) here.push([packageName.slice(SCOPE.length), name]);
    } else if (line.startsWith("|") && columns.length === 0) {
      columns = cellsOf(line);
    } else if (line.startsWith("|") && !line.startsWith("| -")) {
      const row = Object.fromEntries(cellsOf(line).map((cell, i) => [columns[i], cell]));
      if ("nnx-js" in row) for (const name of namesIn(row["nnx-js"])) here.push([row["Package"], name]);
      else for (const name of namesIn(row["Not here"])) notHere.push([name, row["Why"]]);
    }
  }
  return { here, notHere };
}

/** Names that the reference describes, by package. */
function readReference() {
  if (!existsSync(REFERENCE)) throw new Error("There is no reference yet: npm run docs writes it.");
  const namesBelow = ({ name, variant, children = [] }) =>
    variant === "document" ? [] : [name, ...children.flatMap(namesBelow)];
  const { children } = JSON.parse(readFileSync(REFERENCE, "utf8"));
  return new Map(children.map((each) => [each.name.slice(SCOPE.length), new Set(namesBelow(each))]));
}

const { here, notHere } = readFeatures();
const reference = readReference();
const exported = new Map();
for (const packageName of PACKAGES) exported.set(packageName, await exportsOf(packageName));

const listed = new Set();
for (const [packageName, name] of here) {
  const found = exported.get(packageName);
  if (!found) problems.push(`"${name}": no package "${packageName}"; there are ${PACKAGES.join(", ")}`);
  else if (!isThere(found, name)) problems.push(`"${name}" is not exported by ${SCOPE}${packageName}`);
  listed.add(`${packageName} ${name.split(/[#.]/)[0]}`);
}
const reasons = new Map();
for (const [name, reason] of notHere) {
  if (reasons.has(name)) problems.push(`"${name}" stands twice among what is not here`);
  if (!reason) problems.push(`"${name}" is not here, but no reason is given`);
  reasons.set(name, reason);
}
for (const [packageName, { names, internal }] of exported) {
  for (const name of names) {
    if (internal.has(name) || listed.has(`${packageName} ${name}`) || reference.get(packageName)?.has(name))
      continue;
    problems.push(
      `"${name}" of ${SCOPE}${packageName}: neither in FEATURES.md nor in the reference (npm run docs)`,
    );
  }
}
for (const problem of problems) console.error(problem);
console.log(`${new Set(here.map(String)).size} here, ${reasons.size} not here; ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;
