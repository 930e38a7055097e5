/** @file Writes a training as files that the runner of `@nnx-js/export` takes. */
import { saveModel, saveSafetensors } from "@nnx-js/checkpoint";
import { exportStableHlo } from "@nnx-js/export";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Recordable, Training } from "./training.ts";

/** Writes step, evaluation, state and examples to a folder; answers the names of the files. */
export async function writeStableHlo(
  { step, evaluation, state, data, held }: Training,
  folder: string,
): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "step.mlir"), await textOf(step));
  await writeFile(join(folder, "eval.mlir"), await textOf(evaluation));
  await saveModel(state, join(folder, "state.safetensors"));
  await saveSafetensors(data, join(folder, "data.safetensors"));
  await saveSafetensors(held, join(folder, "eval.safetensors"));
  return ["step.mlir", "eval.mlir", "state.safetensors", "data.safetensors", "eval.safetensors"];
}

function textOf({ fn, args, names }: Recordable): Promise<string> {
  // The arguments are those of the function: they are written side by side.
  return exportStableHlo(fn as (...args: unknown[]) => unknown, [...args], { names });
}
