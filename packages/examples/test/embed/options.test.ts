/** @file The command line of the embed example. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { HELP, parseEmbedOptions } from "../../src/embed/options.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "encoder-"));
  await writeFile(join(folder, "model.safetensors"), "");
});
afterAll(() => rm(folder, { recursive: true }));

test("sentences and options are read, in any order", () => {
  expect(parseEmbedOptions(["one", "--weights", folder, "two", "--seed", "3"])).toMatchObject({
    weights: folder,
    adapters: undefined,
    finetune: false,
    sentences: ["one", "two"],
    seed: 3,
    epochs: 8,
  });
});

test("without sentences some are there", () => {
  const options = parseEmbedOptions(["--weights", folder]);
  expect(options !== "help" && options.sentences.length).toBeGreaterThan(2);
});

test("the help names every option", () => {
  expect(parseEmbedOptions(["--help"])).toBe("help");
  for (const option of [
    "--weights",
    "--finetune",
    "--adapters",
    "--backend",
    "--epochs",
    "--seed",
    "--out",
  ]) {
    expect(HELP).toContain(`\n  ${option} `);
  }
});

test.each([
  [["--weights", "/nowhere"], "--weights: expected a file /nowhere/model.safetensors, found none."],
  [["--adapters", "/nowhere"], "--adapters: expected a file /nowhere, found none."],
  [["--finetune", "one"], '--finetune: expected neither sentences nor --adapters, got "one".'],
  [
    ["--finetune", "--adapters", "x"],
    "--finetune: expected neither sentences nor --adapters, got --adapters.",
  ],
  [["--epochs", "0"], '--epochs: expected an integer of at least 1, got "0".'],
  [["--wieghts", "x"], "Unknown option '--wieghts'."],
])("%j is refused, saying why", (args, message) => {
  const all = args.includes("--weights") ? args : ["--weights", folder, ...args];
  expect(() => parseEmbedOptions(all)).toThrow(message);
});
