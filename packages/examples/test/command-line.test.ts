/** @file The command line of the examples: defaults, values, and errors that say what to type instead. */
import { StorageError } from "@nnx-js/checkpoint";
import { useBackend } from "@nnx-js/tensor";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  type Command,
  CommandLineError,
  type CommandOptions,
  parseCommandLine,
  runCommand,
} from "../src/command-line.ts";

const command: Command = { name: "npm start --", summary: "Trains the model.", epochs: 7 };
const parse = (...args: string[]) => parseCommandLine(command, args);

test("without options the command's own epochs, seed 0 and the repository's out folder are used", () => {
  const out = resolve(import.meta.dirname, "../../../out");
  expect(parse()).toEqual({ backend: undefined, epochs: 7, seed: 0, out });
});

test("every option is read, a relative folder from where the command was started", () => {
  expect(parse("--backend", "cpu", "--epochs", "3", "--seed=-4", "--out", "charts")).toEqual({
    backend: "cpu",
    epochs: 3,
    seed: -4,
    out: join(process.cwd(), "charts"),
  });
});

test("only an example that saves its epochs takes a folder for them", () => {
  const saving = { ...command, hasCheckpoints: true };
  expect(parseCommandLine(saving, ["--checkpoint", "run", "--seed", "2"])).toMatchObject({
    checkpoint: join(process.cwd(), "run"),
    seed: 2,
  });
  expect(parseCommandLine(saving, [])).toEqual(parse());
  expect(parseCommandLine(saving, ["--help"])).toBe("help");
  expect(parseCommandLine(saving, ["--checkpoint", "run", "--resume"])).toMatchObject({ resume: true });
  expect(() => parseCommandLine(saving, ["--resume"])).toThrow("--resume: expected the folder of the run");
  expect(() => parse("--checkpoint", "run")).toThrow("Unknown option '--checkpoint'.");
});

test("an example that can go on with a run has options for that, others have not", () => {
  const resumes = { ...command, resumes: true };
  const args = ["--steps", "50", "--save", "a.safetensors", "--load", "/b.safetensors"];
  expect(parseCommandLine(resumes, args)).toMatchObject({
    steps: 50,
    save: join(process.cwd(), "a.safetensors"),
    load: "/b.safetensors",
  });
  expect(() => parse(...args)).toThrow("Unknown option '--steps'.");
  const both = ["--load", "a", "--checkpoint", "b"];
  expect(() => parseCommandLine({ ...resumes, hasCheckpoints: true }, both)).toThrow("Give one of the two.");
});

test("help wins over everything else", () => {
  expect(parse("--epochs", "nonsense", "--help")).toBe("help");
  expect(parse("-h")).toBe("help");
});

test.each([
  [["--epoch", "3"], "Unknown option '--epoch'."],
  [["fast"], "Unexpected argument 'fast'."],
  [["--epochs"], "Option '--epochs <value>' argument missing."],
  [["--epochs", "0"], '--epochs: expected an integer of at least 1, got "0".'],
  [["--epochs", "1.5"], '--epochs: expected an integer of at least 1, got "1.5".'],
  [["--epochs", ""], '--epochs: expected an integer of at least 1, got "".'],
  [["--seed", "1e3"], '--seed: expected an integer, got "1e3".'],
  [["--seed", "99999999999999999999"], '--seed: expected an integer, got "99999999999999999999".'],
])("%j is refused, saying why", (args, message) => {
  expect(() => parse(...args)).toThrow(CommandLineError);
  expect(() => parse(...args)).toThrow(message);
});

let printed: string[];
let warned: string[];
beforeEach(() => {
  [printed, warned] = [[], []];
  vi.spyOn(console, "log").mockImplementation((text: string) => void printed.push(text));
  vi.spyOn(console, "error").mockImplementation((text: string) => void warned.push(text));
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

test("runCommand hands the options to the example", async () => {
  const seen: CommandOptions[] = [];
  await runCommand(command, async (options) => void seen.push(options), ["--seed", "5"]);
  expect(seen).toMatchObject([{ seed: 5, epochs: 7 }]);
  expect(printed).toEqual([]);
});

test("runCommand prints the help, with every option, without running the example", async () => {
  await runCommand(command, () => Promise.reject(new Error("ran")), ["--help"]);
  expect(printed).toHaveLength(1);
  for (const option of ["--backend", "--epochs", "--seed", "--out", "--help"]) {
    expect(printed[0]).toContain(option);
  }
  expect(process.exitCode).toBeUndefined();
});

test("runCommand tells of files without a stack trace, and the help of the options for them", async () => {
  const resumes = { ...command, resumes: true };
  const failing = () => Promise.reject(new StorageError("/b.safetensors could not be read: no such file"));
  await runCommand(resumes, failing, ["--load", "/b.safetensors"]);
  expect(warned).toEqual(["/b.safetensors could not be read: no such file"]);
  expect(process.exitCode).toBe(1);
  await runCommand(resumes, failing, ["--help"]);
  for (const option of ["--steps", "--save", "--load"]) expect(printed[0]).toContain(option);
});

test("runCommand tells a mistake and the usage on standard error and sets exit code 2", async () => {
  await runCommand(command, () => Promise.reject(new Error("ran")), ["--fast"]);
  expect(warned).toHaveLength(1);
  expect(warned[0]).toMatch(
    /^Unknown option '--fast'\.\n\nTrains the model\.\n\nUsage: npm start -- \[options\]/,
  );
  expect(process.exitCode).toBe(2);
});

test.each([
  ["wasn", 2, /^--backend: .*"wasm"/s],
  ["webgl", 1, /^--backend: .*webgl is for browsers/s],
])(
  "backend %s, which does not work, is told without a stack trace, exit code %i",
  async (name, code, text) => {
    await runCommand(command, async ({ backend }) => void (await useBackend(backend)), ["--backend", name]);
    expect(warned).toHaveLength(1);
    expect(warned[0]).toMatch(text);
    expect(warned[0]).not.toMatch(/^\s+at /m);
    expect(process.exitCode).toBe(code);
  },
);

test("an error of the example itself is not swallowed", async () => {
  await expect(runCommand(command, () => Promise.reject(new Error("no adapter")), [])).rejects.toThrow(
    "no adapter",
  );
});
