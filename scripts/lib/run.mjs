/** @file Runs the workspace's tools as child processes, the same way on Windows and elsewhere. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The workspace's root folder. */
export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

function ignore() {}

/** Runs `command` in the root folder and answers its exit code; 128 plus the number where a signal ended it. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: "inherit", ...options });
    // Ctrl-C reaches the child too, which may still have a summary to print: only it decides when to end.
    process.on("SIGINT", ignore);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      process.off("SIGINT", ignore);
      resolve(code ?? (signal === "SIGINT" ? 130 : 143));
    });
  });
}

/** Runs `command` and answers what it prints; an exit code other than 0 is an error with all of that. */
export async function output(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
  const texts = { stdout: "", stderr: "" };
  for (const name of Object.keys(texts))
    child[name].setEncoding("utf8").on("data", (text) => (texts[name] += text));
  const code = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  if (code === 0) return texts.stdout;
  throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${texts.stdout}\n${texts.stderr}`);
}

/** Runs a JavaScript file of the workspace or of `node_modules` in this Node; needs no shell on any system. */
export function runNode(file, args = []) {
  return run(process.execPath, [join(root, file), ...args]);
}

/** Runs pnpm, in the version that package.json names, by way of npx. */
export function runPnpm(args, options = {}) {
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  // On Windows npx is a .cmd file, which only a shell can start; the arguments hold no spaces.
  return run("npx", ["--yes", packageManager, ...args], { shell: process.platform === "win32", ...options });
}
