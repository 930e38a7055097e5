/** @file Reads the files of Keras: `.h5`, `.weights.h5`, `.keras`. */
import { FileFormatError } from "../errors.ts";
import type { Source } from "../source/byte-source.ts";
import { openSource } from "../source/open-source.ts";
import type { TensorFile } from "../tensor-file.ts";
import { MOST_INFLATED, readH5 } from "./h5.ts";
import { loadFflate } from "./optional.ts";

/** How HDF5 files begin. */
export const HDF5 = "\x89HDF\r\n\x1a\n";
/** How zip files begin. */
export const ZIP = "PK\x03\x04";

/** The parts of a `.keras` file. */
const PARTS = { weights: "model.weights.h5", config: "config.json", metadata: "metadata.json" };

/**
 * Opens a file of Keras: `.h5` of Keras 2 or 3, `.weights.h5`, or `.keras`. The package h5wasm reads them (and fflate
 * unpacks `.keras`): install those beside this one. The whole file is held in memory until it is closed.
 *
 * Names are the paths of HDF5: `dense/dense/kernel:0` in Keras 2, `layers/dense/vars/0` in Keras 3. The topology is among
 * the texts, as JSON, where the file has one: `metadata.model_config`.
 *
 * @throws FileFormatError for what is no such file; StorageError where it cannot be read, or a package is missing
 *
 * @example
 * const file = await readKeras("model.keras");
 * const kernel = await file.tensor("layers/dense/vars/0");
 * await file.close();
 */
export async function readKeras(source: Source): Promise<TensorFile> {
  const opened = await openSource(source);
  const { label } = opened;
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(opened.size);
    await opened.read(0, bytes);
  } finally {
    await opened.close();
  }
  const head = String.fromCharCode(...bytes.subarray(0, HDF5.length));
  if (head === HDF5) return await readH5(bytes, label);
  if (!head.startsWith(ZIP)) throw new FileFormatError(`${label} is neither an HDF5 file nor a .keras file.`);
  const { weights, config, metadata } = PARTS;
  const parts = await unzipped(bytes, label);
  if (!parts[weights]) {
    throw new FileFormatError(`${label}: expected ${weights} in the .keras file, got ${Object.keys(parts).join(", ") || "nothing"}.`); // prettier-ignore
  }
  const text = (name: string) => (parts[name] ? new TextDecoder().decode(parts[name]) : undefined);
  const texts = { model_config: text(config), keras_metadata: text(metadata) };
  return await readH5(parts[weights], `${label} (${weights})`, Object.fromEntries(Object.entries(texts).filter((entry): entry is [string, string] => entry[1] !== undefined))); // prettier-ignore
}

async function unzipped(bytes: Uint8Array, label: string): Promise<Record<string, Uint8Array>> {
  const { unzipSync } = await loadFflate(`${label}, a .keras file,`);
  try {
    return unzipSync(bytes, {
      filter: ({ name, size, originalSize }) => {
        // What is claimed is allocated before it is unpacked.
        if (originalSize > (size + 1) * MOST_INFLATED)
          throw new Error(`${name} cannot be ${originalSize} bytes`);
        return Object.values(PARTS).includes(name);
      },
    });
  } catch (error) {
    throw new FileFormatError(`${label} is no whole .keras file: ${(error as Error).message}`);
  }
}
