/** @file Writes a model as an ONNX file. */
import { loadModel } from "@nnx-js/checkpoint";
import { exportOnnx } from "@nnx-js/export";
import type * as tf from "@tensorflow/tfjs-core";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Served } from "./models.ts";

/** Of what a training saves, the model. */
function modelOnly(name: string): string | null {
  if (/^(?:optimizer|rngs|data|loader)\./.test(name)) return null;
  return name.replace(/^model\./, "");
}

/**
 * Writes a model to `file`, for batches of any size.
 *
 * @param weights a file of `saveModel`, or of the example's `--save`; what the seed gives unless given
 */
export async function writeOnnx(
  { model, fn, args, names }: Served,
  file: string,
  weights?: string,
): Promise<number> {
  if (weights !== undefined) await loadModel(model, weights, { rename: modelOnly });
  const called = Object.fromEntries(names.map((name, i) => [["x", "y"][i]!, name]));
  const bytes = await exportOnnx(
    (x: tf.Tensor, y: tf.Tensor) => fn(x, y),
    [...args] as [tf.Tensor, tf.Tensor],
    {
      name: "model",
      dynamicBatch: true,
      names: called,
      closure: model as Record<string, unknown>,
    },
  );
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, bytes);
  return bytes.length;
}
