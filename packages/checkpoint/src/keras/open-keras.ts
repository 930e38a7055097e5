/** @file Opens whatever Keras or TensorFlow.js wrote weights to, told apart by the first bytes. */
import { readSafetensors } from "../safetensors/read-safetensors.ts";
import type { Source } from "../source/byte-source.ts";
import { openSource } from "../source/open-source.ts";
import type { TensorFile } from "../tensor-file.ts";
import { HDF5, readKeras, ZIP } from "./read-keras.ts";
import { readLayersModel } from "./layers-model.ts";

/** Opens a model.json, an HDF5 or `.keras` file, or a safetensors file with names of Keras. */
export async function openKeras(source: Source): Promise<TensorFile> {
  const opened = await openSource(source);
  try {
    const head = new Uint8Array(Math.min(8, opened.size));
    await opened.read(0, head);
    return await readerFor(head)(opened);
  } catch (error) {
    await opened.close();
    throw error;
  }
}

function readerFor(head: Uint8Array): (source: Source) => Promise<TensorFile> {
  const text = String.fromCharCode(...head);
  // The header of safetensors begins with its length, whose last bytes are 0.
  if (/^\s*[[{]/.test(text) && !text.includes("\0")) return readLayersModel;
  if (text === HDF5 || text.startsWith(ZIP)) return readKeras;
  return (source) => readSafetensors(source);
}
