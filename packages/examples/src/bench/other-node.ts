/** @file The benchmark under another Node. */
import { spawn } from "node:child_process";
import { CommandLineError } from "../command-line.ts";

/** `args` without the option that names the Node. */
export function withoutNode(args: readonly string[]): string[] {
  return args.filter((arg, i) => arg !== "--node" && args[i - 1] !== "--node" && !arg.startsWith("--node="));
}

/** Runs the program that runs now, with `args`, by the Node at `path`; gives its exit code. */
export function runByOther(path: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(path, [process.argv[1]!, ...withoutNode(args)], { stdio: "inherit" });
    child.once("error", ({ message }) =>
      reject(new CommandLineError(`--node: cannot run ${path}: ${message}`)),
    );
    child.once("exit", (code) => resolve(code ?? 1));
  });
}
