/**
 * @file Builds and runs the small projects of test-env/projects with the packed packages: `npm run projects` those of
 * CI, `-- --all` the heavy ones too, which need other engines or much to install, `-- webpack vite` those named.
 */
import { cpSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright";
import { runnerImport } from "vite";
import { npm, withPackedPackages } from "./lib/packed.mjs";
import { Pages } from "./lib/pages.mjs";
import { output, root } from "./lib/run.mjs";

const PROJECTS = join(root, "test-env", "projects");
/** Run by `--all`, or by name. */
const HEAVY = ["bun", "deno", "firefox", "next"];

const names = readdirSync(PROJECTS, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const wanted = process.argv.slice(2).filter((argument) => argument !== "--all");
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) throw new Error(`no project ${unknown.join(", ")}; there are ${names.join(", ")}`);
const isWanted = (name) => wanted.length === 0 && (process.argv.includes("--all") || !HEAVY.includes(name));
const chosen = wanted.length > 0 ? wanted : names.filter(isWanted);

/** The last line that a program prints, which is its report, parsed; its text if it is none. */
async function reportOf(command, args, folder, env = {}) {
  const printed = await output(command, args, { cwd: folder, env: { ...process.env, ...env } });
  const line = printed.trim().split("\n").at(-1);
  return line.startsWith("{") ? JSON.parse(line) : printed;
}

/** Starts Chromium when a project first needs it. */
async function launch() {
  const { module } = await runnerImport(join(root, "test-env", "chromium.ts"));
  const executablePath = module.findChromium();
  if (executablePath) return chromium.launch({ executablePath, args: module.CHROMIUM_ARGS });
  throw new Error("no Chromium on the PATH or in CHROMIUM_PATH (Debian: apt-get install chromium)");
}

const failures = [];
await withPackedPackages(async (installed) => {
  const wasm = join(installed, "node_modules", "@tensorflow", "tfjs-backend-wasm", "dist");
  const browsers = [];
  async function browser() {
    if (browsers.length === 0) browsers.push(await launch());
    return browsers[0];
  }

  async function runProject(name) {
    const folder = join(installed, "projects", name);
    mkdirSync(folder, { recursive: true });
    for (const file of readdirSync(PROJECTS, { withFileTypes: true })) {
      if (file.isFile()) cpSync(join(PROJECTS, file.name), join(folder, file.name));
    }
    cpSync(join(PROJECTS, name), folder, { recursive: true });
    const { run } = await import(pathToFileURL(join(PROJECTS, name, "project.mjs")));
    await run({
      folder,
      installed,
      node: (args, env) => reportOf(process.execPath, args, folder, env),
      execute: (command, args, env) => reportOf(command, args, folder, env),
      npm: (...args) => npm(folder, ...args),
      page: async (built, options) => new Pages(await browser(), wasm).report(join(folder, built), options),
      pagesOf: (other) => new Pages(other, wasm),
    });
  }

  for (const name of chosen) {
    const start = performance.now();
    try {
      await runProject(name);
      console.log(`${name}: passed in ${((performance.now() - start) / 1000).toFixed(1)} s`);
    } catch (error) {
      failures.push(name);
      console.log(`${name}: FAILED\n${error.stack}`);
    }
  }
  for (const each of browsers) await each.close();
});
if (failures.length > 0) {
  console.log(`${failures.length} of ${chosen.length} projects failed: ${failures.join(", ")}`);
  process.exitCode = 1;
}
