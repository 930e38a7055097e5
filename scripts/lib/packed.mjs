/** @file A folder outside the workspace in which the packed packages are installed, as users install them. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, run, runPnpm } from "./run.mjs";

const PACKAGES = ["tensor", "nn", "view", "optim", "checkpoint", "jit", "train", "export"];
/** The install line of the README has these; the other backends are missing. */
const TENSORFLOW = ["tfjs-core", "tfjs-backend-wasm"];
/** TensorFlow.js with all of its backends. */
export const ALL_TENSORFLOW = [
  ...TENSORFLOW,
  "tfjs-backend-cpu",
  "tfjs-backend-webgl",
  "tfjs-backend-webgpu",
];

const stderr = { stdio: ["ignore", 2, 2] };

async function must(what, code) {
  if ((await code) !== 0) throw new Error(`${what} failed`);
}

/** `name@file:...` of each tarball, and the version of TensorFlow.js that the workspace is tested with. */
function dependencies(folder, tensorflow) {
  const workspace = readFileSync(join(root, "pnpm-workspace.yaml"), "utf8");
  const tarballs = readdirSync(folder).filter((file) => file.endsWith(".tgz"));
  const ours = tarballs.map((file) => [file.replace(/^nnx-js-(\w+)-.*$/, "@nnx-js/$1"), `file:${file}`]);
  const theirs = tensorflow.map((name) => {
    const version = new RegExp(`"@tensorflow/${name}": (\\S+)`).exec(workspace)?.[1];
    return [`@tensorflow/${name}`, version];
  });
  return Object.fromEntries([...ours, ...theirs]);
}

/** Runs npm in `folder`; what it prints goes to stderr. */
export async function npm(folder, ...args) {
  // On Windows npm is a .cmd file, which only a shell can start.
  const options = { ...stderr, cwd: folder, shell: process.platform === "win32" };
  await must(`npm ${args[0]}`, run("npm", [...args, "--no-audit", "--no-fund"], options));
}

/**
 * Packs the published packages, installs them in a new folder with those packages of TensorFlow.js, runs `use` there,
 * and removes it.
 */
export async function withPackedPackages(use, tensorflow = TENSORFLOW) {
  const folder = mkdtempSync(join(tmpdir(), "nnx-js-projects-"));
  try {
    for (const name of PACKAGES) {
      const args = ["--filter", `@nnx-js/${name}`, "pack", "--pack-destination", folder];
      await must(`packing ${name}`, runPnpm(args, stderr));
    }
    const manifest = {
      name: "projects",
      private: true,
      type: "module",
      dependencies: dependencies(folder, tensorflow),
    };
    writeFileSync(join(folder, "package.json"), JSON.stringify(manifest, null, 2));
    await npm(folder, "install");
    await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
