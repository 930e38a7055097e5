/** @file Writes safetensors files, byte for byte as the safetensors library does. */
import * as tf from "@tensorflow/tfjs-core";
import { buffered } from "../target/buffered.ts";
import { openTarget } from "../target/open-target.ts";
import { memoryTarget } from "../target/memory-target.ts";
import type { ByteTarget, Target } from "../target/byte-target.ts";
import { bytesOf, encode } from "./encode.ts";
import type { WriteOptions } from "./options.ts";
import { planFile, type Plan, type Planned, type TensorsToWrite } from "./plan.ts";

/**
 * The bytes of a safetensors file: those that Python's library writes for equal tensors, with the metadata sorted by key.
 *
 * @param tensors by name; they stay the caller's, and must not change or be disposed of until the promise resolves
 * @throws FileFormatError for what the format cannot hold (complex64, string); LossyConversionError for a value that
 *   `dtype` cannot hold
 *
 * @example
 * const bytes = await writeSafetensors({ kernel, bias }, { metadata: { format: "pt" }, dtype: "BF16" });
 */
export async function writeSafetensors(
  tensors: TensorsToWrite,
  options: WriteOptions = {},
): Promise<Uint8Array> {
  const plan = planFile(tensors, options);
  const target = memoryTarget(plan.byteLength);
  await write(plan, target);
  return target.bytes();
}

/**
 * Writes a safetensors file to a target tensor by tensor, so that never the whole file is in memory. What stood there
 * before is replaced when all is written; after an error it is still there.
 *
 * @param tensors by name; they stay the caller's, and must not change or be disposed of until the promise resolves
 * @param target a path, a handle, a stream, …
 * @throws as `writeSafetensors`; StorageError where it cannot be written
 *
 * @example
 * await saveSafetensors({ kernel, bias }, "layer.safetensors");
 */
export async function saveSafetensors(
  tensors: TensorsToWrite,
  target: Target,
  options: WriteOptions = {},
): Promise<void> {
  const plan = planFile(tensors, options);
  const opened = buffered(await openTarget(target));
  try {
    await write(plan, opened);
  } catch (error) {
    await opened.abort();
    throw error;
  }
  await opened.close();
}

async function write({ header, tensors }: Plan, target: ByteTarget): Promise<void> {
  await target.write(header);
  for (const planned of tensors) {
    for (const piece of await piecesOf(planned)) if (piece.length > 0) await target.write(piece);
  }
}

async function piecesOf({ name, tensor, dtype }: Planned): Promise<Iterable<Uint8Array>> {
  if (!(tensor instanceof tf.Tensor)) return [bytesOf(tensor.data)];
  return encode(name, await tensor.data<"float32" | "int32" | "bool">(), dtype);
}
