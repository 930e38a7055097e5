/** @file Where the weights of all-MiniLM-L6-v2 are, for the tests that need them. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The folder that `NNX_MINILM` names, else out/minilm; undefined, with the reason printed, where there are no weights
 * in it. With `NNX_REQUIRE_WEIGHTS` that is an error: CI does not skip these tests.
 */
export const folder = findWeights();

/** The folder, for a test that runs only where there is one. */
export function weightsFolder(): string {
  if (folder === undefined) throw new Error("expected weights: this test should have been skipped");
  return folder;
}

function findWeights(): string | undefined {
  const path = process.env["NNX_MINILM"] ?? fileURLToPath(new URL("../../../../out/minilm", import.meta.url));
  if (existsSync(join(path, "model.safetensors"))) return path;
  const reason = `the tests of MiniLM cannot run: no model.safetensors in ${path} (bash scripts/weights.sh)`;
  if (process.env["NNX_REQUIRE_WEIGHTS"]) throw new Error(reason);
  console.warn(`SKIPPED: ${reason}`);
  return undefined;
}
