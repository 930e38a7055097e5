/** @file Installs the workspace's dependencies, unless they already are what the lockfile says. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root, runPnpm } from "./run.mjs";

function read(path) {
  try {
    return readFileSync(join(root, path), "utf8");
  } catch {
    return undefined;
  }
}

/** pnpm leaves a copy of the lockfile that it installed; it writes it last. */
function isUpToDate() {
  return read("node_modules/.pnpm/lock.yaml") === read("pnpm-lock.yaml");
}

/** Installs by pnpm with the frozen lockfile; progress goes to stderr. Ends the program if that fails. */
export async function install() {
  if (isUpToDate()) return;
  console.error("Installing dependencies");
  // A node_modules of another pnpm is replaced without a question.
  const args = ["install", "--frozen-lockfile", "--config.confirm-modules-purge=false"];
  const code = await runPnpm(args, { stdio: ["ignore", 2, 2] });
  if (code === 0) return;
  console.error(`The installation failed: pnpm ended with exit code ${code}.`);
  process.exit(code);
}
