/** @file Compiles a program against the declarations of the packages, and tells whose declarations have errors. */
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const OPTIONS = {
  target: "ES2022",
  module: "NodeNext",
  moduleResolution: "NodeNext",
  strict: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  types: [],
};

/** The libraries that the packages may be compiled with. */
export const LIBRARIES = {
  es2022: ["ES2022", "ESNext.Disposable", "DOM"],
  esnext: ["ESNext", "DOM"],
};

/** An error's line, with its file in front. */
const ERROR = /^(.+?)\(\d+,\d+\): error TS\d+: /;
/** Files of others, whose errors we cannot mend. */
const OTHERS = /node_modules[\\/](?!(?:.*[\\/])?@nnx-js[\\/])/;

const isOthers = (line) => OTHERS.test(ERROR.exec(line)?.[1] ?? "");

/**
 * Compiles `program.ts` in `folder`.
 *
 * @param {string} compiler the folder in whose node_modules TypeScript is
 * @param {{ lib: keyof typeof LIBRARIES, skipLibCheck: boolean }} options
 * @returns {Promise<{ ours: string[], others: string[] }>} the lines of errors in the program and in our declarations,
 *   and in those of others; whatever else a failing compiler says counts as ours
 */
export async function compile(compiler, folder, { lib, skipLibCheck }) {
  const compilerOptions = { ...OPTIONS, lib: LIBRARIES[lib], skipLibCheck };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["program.ts"] }));
  const tsc = join(compiler, "node_modules", "typescript", "bin", "tsc");
  const child = spawn(process.execPath, [tsc, "-p", folder, "--pretty", "false"], { cwd: folder });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (part) => (text += part));
  const code = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  // Lines that are indented go on with the error above.
  const lines = text.split("\n").filter((line) => line.trim() !== "" && !/^\s/.test(line));
  const ours = lines.filter((line) => !isOthers(line));
  const others = lines.filter(isOthers);
  return { ours: code === 0 ? [] : ours, others: code === 0 ? [] : others };
}
