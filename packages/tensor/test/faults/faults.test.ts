/** @file Each fault is there in plain TensorFlow.js, and gone with this package. */
import { useBackend } from "@nnx-js/tensor";
import { execFile } from "node:child_process";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FAULTS } from "./cases.ts";

const CASES = fileURLToPath(new URL("cases.ts", import.meta.url));
const PACKAGES = fileURLToPath(new URL("../../node_modules", import.meta.url));

/**
 * Runs every case and prints the values, or the message of the error, by name. TensorFlow.js keeps its registries
 * and its engine on `globalThis`, so that its gradients, which are bundled, reach the core of the backends.
 */
const PLAIN = `
  import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
  import * as tf from "@tensorflow/tfjs-core";
  import "@tensorflow/tfjs-backend-cpu";
  import "@tensorflow/tfjs-backend-wasm";
  import { FAULTS } from ${JSON.stringify(CASES)};
  tf.env().set("PROD", true);
  const results = {};
  for (const { name, backend, run } of FAULTS) {
    await tf.setBackend(backend);
    try {
      results[name] = Array.from(await run().data());
    } catch (error) {
      results[name] = error.message;
    }
  }
  console.log(JSON.stringify(results));`;

let directory: string;
let plain: Record<string, (number | null)[] | string>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "nnx-plain-"));
  const entry = join(directory, "entry.ts");
  await writeFile(entry, PLAIN);
  await symlink(PACKAGES, join(directory, "node_modules"));
  await build({
    configFile: false,
    logLevel: "silent",
    root: directory,
    ssr: { noExternal: true },
    build: {
      ssr: entry,
      outDir: directory,
      emptyOutDir: false,
      minify: false,
      rolldownOptions: {
        external: [/^@tensorflow\/[a-z-]+$/],
        output: { entryFileNames: "entry.mjs", codeSplitting: false },
      },
    },
  });
  const { stdout } = await promisify(execFile)(process.execPath, [join(directory, "entry.mjs")]);
  plain = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as typeof plain;
});

afterAll(async () => {
  await useBackend("cpu");
  await rm(directory, { recursive: true, force: true });
});

describe.each(FAULTS)("$backend: $name", ({ name, backend, run, expected }) => {
  test("is right with this package", async () => {
    await useBackend(backend);
    await expect(run()).toBeAllClose(expected);
  });

  test("is wrong, or fails, in plain TensorFlow.js", () => {
    const right = expected.map((value): unknown => expect.closeTo(value, 4));
    expect(plain[name]).toBeDefined();
    expect(plain[name]).not.toEqual(right);
  });
});
