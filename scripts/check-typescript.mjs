/**
 * @file Compiles a program against the declarations of the built packages with other versions of TypeScript: the oldest
 * that README.md names, and the newest; with `skipLibCheck`, and without it, where errors of others' declarations do not
 * count. `node scripts/check-typescript.mjs 5.6 5.9` checks others.
 */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, run } from "./lib/run.mjs";
import { compile } from "./lib/typescript.mjs";

const versions = process.argv.length > 2 ? process.argv.slice(2) : ["5.4", "5.9", "7.0"];
const PACKAGES = ["tensor", "nn", "view", "optim", "checkpoint", "jit", "train", "export"];

/** Errors of the program and of our declarations. */
async function errorsOf(compiler) {
  const skipping = await compile(compiler, project, { lib: "es2022", skipLibCheck: true });
  const whole = await compile(compiler, project, { lib: "es2022", skipLibCheck: false });
  return [...skipping.ours, ...skipping.others, ...whole.ours];
}

const project = mkdtempSync(join(tmpdir(), "nnx-js-typescript-"));
const failed = [];
try {
  mkdirSync(join(project, "node_modules", "@nnx-js"), { recursive: true });
  mkdirSync(join(project, "node_modules", "@tensorflow"));
  for (const name of PACKAGES) {
    symlinkSync(join(root, "packages", name), join(project, "node_modules", "@nnx-js", name), "junction");
  }
  const core = join(root, "node_modules", "@tensorflow", "tfjs-core");
  symlinkSync(core, join(project, "node_modules", "@tensorflow", "tfjs-core"), "junction");
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
  copyFileSync(join(root, "test-env", "typescript", "program.ts"), join(project, "program.ts"));
  for (const version of versions) {
    const compiler = join(project, version);
    mkdirSync(compiler);
    writeFileSync(join(compiler, "package.json"), JSON.stringify({ private: true }));
    const npm = { cwd: compiler, shell: process.platform === "win32" };
    const args = ["install", "--silent", "--no-audit", "--no-fund", `typescript@${version}`];
    const installed = (await run("npm", args, npm)) === 0;
    const wrong = installed ? await errorsOf(compiler) : ["could not be installed"];
    console.log(`TypeScript ${version}: ${wrong.length === 0 ? "compiles" : `FAILED\n${wrong.join("\n")}`}`);
    if (wrong.length > 0) failed.push(version);
  }
} finally {
  rmSync(project, { recursive: true, force: true });
}
process.exitCode = failed.length === 0 ? 0 : 1;
