/** @file Running Flax beside: with stand-ins for a Python that has it, and one that has not. */
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { assertFlax, FlaxError, parseFlax, runFlax } from "../../src/bench/flax.ts";

const OPTIONS = { rounds: 3, turn: 10, seconds: 1 };
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "flax-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** A program that is called in Python's place. */
async function interpreter(code: string): Promise<string> {
  const path = join(folder, "python");
  await writeFile(path, `#!${process.execPath}\n${code}\n`);
  await chmod(path, 0o755);
  return path;
}

test("an interpreter without Flax is refused, with what it says and what to do", async () => {
  const python = await interpreter(
    `console.error("Traceback\\nModuleNotFoundError: No module named 'flax'"); process.exit(1);`,
  );
  await expect(assertFlax(python)).rejects.toThrow(FlaxError);
  await expect(assertFlax(python)).rejects.toThrow(/No module named 'flax'.*-m pip install flax/);
  await expect(assertFlax(join(folder, "none"))).rejects.toThrow(/cannot import Flax.*ENOENT/);
});

test("its lines become rows; the options and the workload reach the script", async () => {
  const python = await interpreter(
    `const [, , script, ...args] = process.argv;
     console.log("a warning of its own");
     console.log(JSON.stringify({ workload: args.at(-1), name: args.slice(0, 6).join(" "), milliseconds: 2, rounds: 3 }));`,
  );
  await expect(assertFlax(python)).resolves.toBeUndefined();
  expect(await runFlax(python, "mlp", OPTIONS, "script.py")).toEqual([
    { workload: "mlp", name: "--rounds 3 --turn 10 --seconds 1", milliseconds: 2, rounds: 3 },
  ]);
});

test("a script that fails is an error that says so", async () => {
  const python = await interpreter(`console.error("XLA is out of memory"); process.exit(3);`);
  await expect(runFlax(python, "mlp", OPTIONS, "script.py")).rejects.toThrow(
    /script\.py failed.*XLA is out/s,
  );
  expect(() => parseFlax('{"name": "x"}')).toThrow(FlaxError);
});
