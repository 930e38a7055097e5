/** @file Reads safetensors files, tensor by tensor. */
import { FileFormatError } from "../errors.ts";
import type { ByteSource, Source } from "../source/byte-source.ts";
import { openSource } from "../source/open-source.ts";
import type { TensorFile } from "../tensor-file.ts";
import { decodeTensor } from "./decode.ts";
import { readHeader } from "./header.ts";
import type { ReadOptions } from "./options.ts";

/**
 * Opens a safetensors file. Only the header is read, and checked; each tensor is read when it is asked for.
 *
 * F32, F16, BF16 and F64 tensors are read as float32 (F64 rounded to the nearest), I64 to I8 and U32 to U8 as int32,
 * BOOL as bool. A value of I64 or U32 beyond int32 is an error, unless `integers` says otherwise.
 *
 * @param source a path, an address, a `File`, bytes, …
 * @throws FileFormatError for what is no safetensors file; StorageError where it cannot be read
 *
 * @example
 * const file = await readSafetensors("model.safetensors");
 * for (const name of file.names) console.log(name, file.info(name).shape);
 * const kernel = await file.tensor("lin1.kernel");
 * await file.close();
 */
export async function readSafetensors(source: Source, options: ReadOptions = {}): Promise<TensorFile> {
  const opened = await openSource(source);
  try {
    return await safetensorsOf(opened, options);
  } catch (error) {
    await opened.close();
    throw error;
  }
}

async function safetensorsOf(source: ByteSource, options: ReadOptions): Promise<TensorFile> {
  const { tensors, metadata } = await readHeader(source);
  const { integers = "int32" } = options;
  const find = (name: string) => {
    const place = tensors.get(name);
    if (place) return place;
    throw new FileFormatError(`${source.label} has no tensor ${JSON.stringify(name)}`);
  };
  return {
    names: Object.freeze([...tensors.keys()]),
    metadata,
    info(name) {
      const { dtype, shape, byteLength } = find(name);
      return { dtype, shape, byteLength };
    },
    async tensor(name) {
      const chosen = typeof integers === "function" ? integers(name) : integers;
      return decodeTensor(source, name, find(name), chosen ?? "int32");
    },
    close: () => source.close(),
  };
}
