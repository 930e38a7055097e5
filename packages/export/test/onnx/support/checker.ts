/** @file Has Python's onnx check the models of a test file, where there is a Python that has it. */
import { execFile, execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const SCRIPT = fileURLToPath(new URL("check_models.py", import.meta.url));

/** A Python that has onnx; undefined, with the reason printed, where there is none. */
function findPython(): string | undefined {
  const python = process.env["NNX_PYTHON"] ?? "python3";
  try {
    execFileSync(python, ["-c", "import onnx"], { stdio: "pipe" });
    return python;
  } catch (error) {
    const reason =
      `the models are not checked against the standard: ${python} has no onnx ` +
      "(pip install onnx==1.23.2; NNX_PYTHON names another Python)";
    if (process.env["NNX_REQUIRE_PYTHON"]) throw new Error(reason, { cause: error });
    console.warn(`SKIPPED: ${reason}`);
    return undefined;
  }
}

const models: Uint8Array[] = [];

/** Remembers a model for the test that {@link testChecker} adds. */
export function remember(model: Uint8Array): void {
  models.push(model);
}

/** Adds a test, the last of a file, that all models of it are what the standard says. */
export function testChecker(): void {
  const python = findPython();
  test.skipIf(python === undefined)("onnx.checker accepts each model, with all types inferred", async () => {
    const folder = await mkdtemp(join(tmpdir(), "nnx-onnx-"));
    try {
      const all = models.splice(0);
      for (const [i, model] of all.entries())
        await writeFile(join(folder, `${String(i).padStart(4, "0")}.onnx`), model);
      const { stdout } = await promisify(execFile)(python!, [SCRIPT, folder]).catch(
        (error: unknown) => error as { stdout: string },
      );
      expect(stdout.trim()).toBe("");
      expect(all.length).toBeGreaterThan(0);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
}
