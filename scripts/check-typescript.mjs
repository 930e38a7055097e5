/**
 * @file Compiles a program against the declarations of the built packages with other versions of TypeScript: the oldest
 * that README.md names, and the newest. `node scripts/check-typescript.mjs 5.6 5.9` checks others.
 */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, run } from "./lib/run.mjs";

const versions = process.argv.length > 2 ? process.argv.slice(2) : ["5.4", "5.9", "7.0"];
const PACKAGES = ["tensor", "nn", "view", "optim", "checkpoint", "jit", "train"];
const OPTIONS = {
  target: "ES2022",
  module: "NodeNext",
  moduleResolution: "NodeNext",
  strict: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  skipLibCheck: true,
  lib: ["ES2022", "ESNext.Disposable", "DOM"],
  types: [],
};

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
  writeFileSync(
    join(project, "tsconfig.json"),
    JSON.stringify({ compilerOptions: OPTIONS, include: ["*.ts"] }),
  );
  copyFileSync(join(root, "test-env", "typescript", "program.ts"), join(project, "program.ts"));
  for (const version of versions) {
    const compiler = join(project, version);
    mkdirSync(compiler);
    writeFileSync(join(compiler, "package.json"), JSON.stringify({ private: true }));
    const npm = { cwd: compiler, shell: process.platform === "win32" };
    const args = ["install", "--silent", "--no-audit", "--no-fund", `typescript@${version}`];
    const tsc = join(compiler, "node_modules", "typescript", "bin", "tsc");
    const installed = (await run("npm", args, npm)) === 0;
    const passed = installed && (await run(process.execPath, [tsc, "-p", project], { cwd: project })) === 0;
    console.log(
      `TypeScript ${version}: ${passed ? "compiles" : installed ? "FAILED" : "could not be installed"}`,
    );
    if (!passed) failed.push(version);
  }
} finally {
  rmSync(project, { recursive: true, force: true });
}
process.exitCode = failed.length === 0 ? 0 : 1;
