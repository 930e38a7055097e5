/** @file Runtimes and drivers that come as packages of npm; they stay in out/everywhere/tools for the next run. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { npm } from "../lib/packed.mjs";
import { root } from "../lib/run.mjs";

const TOOLS = join(root, "out", "everywhere", "tools");

/** Installs packages such as `node@22`, unless they are there; answers their folder. */
export async function tool(...packages) {
  const folder = join(TOOLS, packages.join("+").replaceAll("/", "-"));
  if (existsSync(join(folder, "done"))) return folder;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
  await npm(folder, "install", ...packages);
  writeFileSync(join(folder, "done"), "");
  return folder;
}

/** The version of a package that `tool` installed in `folder`. */
export function versionIn(folder, name) {
  return JSON.parse(readFileSync(join(folder, "node_modules", name, "package.json"), "utf8")).version;
}

/** What a package that `tool` installed in `folder` exports. */
export async function load(folder, name) {
  const path = createRequire(join(folder, "package.json")).resolve(name);
  return import(pathToFileURL(path));
}
