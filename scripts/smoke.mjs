/** @file Packs the published packages, installs the tarballs in an empty project and uses them in plain Node. */
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, run, runPnpm } from "./lib/run.mjs";

const PACKAGES = ["tensor", "nn", "view", "optim", "jit"];
const TENSORFLOW = ["tfjs-core", "tfjs-backend-cpu", "tfjs-backend-wasm"];

const project = mkdtempSync(join(tmpdir(), "nnx-js-smoke-"));
const stderr = { stdio: ["ignore", 2, 2] };

async function must(what, code) {
  if ((await code) !== 0) throw new Error(`${what} failed`);
}

/** `name@file:...` of each tarball, and the version of TensorFlow.js that the workspace is tested with. */
function dependencies() {
  const workspace = readFileSync(join(root, "pnpm-workspace.yaml"), "utf8");
  const tarballs = readdirSync(project).filter((file) => file.endsWith(".tgz"));
  const ours = tarballs.map((file) => [file.replace(/^nnx-js-(\w+)-.*$/, "@nnx-js/$1"), `file:${file}`]);
  const theirs = TENSORFLOW.map((name) => {
    const version = new RegExp(`"@tensorflow/${name}": (\\S+)`).exec(workspace)?.[1];
    return [`@tensorflow/${name}`, version];
  });
  return Object.fromEntries([...ours, ...theirs]);
}

try {
  for (const name of PACKAGES) {
    const args = ["--filter", `@nnx-js/${name}`, "pack", "--pack-destination", project];
    await must(`packing ${name}`, runPnpm(args, stderr));
  }
  const manifest = { name: "smoke", private: true, type: "module", dependencies: dependencies() };
  writeFileSync(join(project, "package.json"), JSON.stringify(manifest, null, 2));
  // On Windows npm is a .cmd file, which only a shell can start.
  const npm = { ...stderr, cwd: project, shell: process.platform === "win32" };
  await must("npm install", run("npm", ["install", "--no-audit", "--no-fund"], npm));
  copyFileSync(join(root, "test-env", "quick-intro.mjs"), join(project, "quick-intro.mjs"));
  await must("the quick intro", run(process.execPath, ["quick-intro.mjs"], { cwd: project }));
} finally {
  rmSync(project, { recursive: true, force: true });
}
