/** @file Reads safetensors files, tensor by tensor. */
import { guesses, InvalidArgumentError } from "@nnx-js/nn";
import { FileFormatError, StorageError } from "../errors.ts";
import { quoted } from "../quoted.ts";
import type { ByteSource, Source } from "../source/byte-source.ts";
import { isSourceFiles, openAmong, type SourceFiles } from "../source/file-set.ts";
import { openSource } from "../source/open-source.ts";
import type { TensorFile } from "../tensor-file.ts";
import { decodeTensor } from "./decode.ts";
import { readHeader, type TensorPlace } from "./header.ts";
import type { Integers, ReadOptions } from "./options.ts";
import { isIndex, readIndex } from "./shard-index.ts";

/**
 * Opens a safetensors file, or a model in several of them by its `model.safetensors.index.json`. Only headers are read,
 * and checked; each tensor is read when it is asked for.
 *
 * F32, F16, BF16 and F64 tensors are read as float32 (F64 rounded to the nearest), I64 to I8 and U32 to U8 as int32,
 * BOOL as bool. A value of I64 or U32 beyond int32 is a LossyConversionError, unless `integers` says otherwise.
 *
 * @param source a path, an address, a `File`, bytes, …; the files of an index stand beside it, or are given together: the
 *   `FileList` of an `<input multiple>`, or sources by their names
 * @throws FileFormatError for what is no safetensors file; StorageError where it cannot be read
 *
 * @example
 * const file = await readSafetensors("model.safetensors");
 * for (const name of file.names) console.log(name, file.info(name).shape);
 * const kernel = await file.tensor("lin1.kernel");
 * await file.close();
 */
export async function readSafetensors(
  source: Source | SourceFiles,
  options: ReadOptions = {},
): Promise<TensorFile> {
  const opened = isSourceFiles(source)
    ? await openAmong(
        source,
        (name) => name.endsWith(".index.json"),
        "one safetensors file or one .index.json",
      )
    : await openSource(source);
  const sources = [opened];
  const close = async () => {
    await Promise.all(sources.map((one) => one.close()));
  };
  try {
    const contents = (await isIndex(opened)) ? await sharded(opened, sources) : await single(opened);
    return fileOf(opened.label, contents, options, close);
  } catch (error) {
    await close();
    throw error;
  }
}

/** A tensor's place, and the file it is in. */
interface Located {
  readonly source: ByteSource;
  readonly place: TensorPlace;
}

interface Contents {
  readonly tensors: ReadonlyMap<string, Located>;
  readonly metadata: Readonly<Record<string, string>>;
}

async function single(source: ByteSource): Promise<Contents> {
  const { tensors, metadata } = await readHeader(source);
  return { tensors: new Map(Array.from(tensors, ([name, place]) => [name, { source, place }])), metadata };
}

/** Opens the files of an index, which join `sources`, and checks that each tensor is where the index says. */
async function sharded(index: ByteSource, sources: ByteSource[]): Promise<Contents> {
  const { shards, metadata } = await readIndex(index);
  if (!index.sibling) {
    throw new StorageError(
      `${index.label} is an index, whose files cannot be found from it: give it by a path or an address, or ` +
        "all files together, as an array of Files or sources by their names",
    );
  }
  const opened = new Map<string, Contents>();
  // One after the other: a server may answer hundreds at once with an error.
  for (const name of new Set(shards.values())) {
    const source = await index.sibling(name);
    sources.push(source);
    opened.set(name, await single(source));
  }
  const tensors = new Map<string, Located>();
  for (const [name, shard] of shards) {
    const located = opened.get(shard)!.tensors.get(name);
    if (!located) {
      throw new FileFormatError(
        `${index.label}: the tensor ${quoted(name)} should be in ${shard}, and is not there`,
      );
    }
    tensors.set(name, located);
  }
  return { tensors, metadata };
}

function fileOf(
  label: string,
  { tensors, metadata }: Contents,
  { integers = "int32" }: ReadOptions,
  close: () => Promise<void>,
): TensorFile {
  const find = (name: string): Located => {
    const located = tensors.get(name);
    if (located) return located;
    const what = `${label} has no tensor ${quoted(name)}`;
    throw new FileFormatError([what, ...guesses([name], tensors.keys())].join("\n"));
  };
  return {
    names: Object.freeze([...tensors.keys()]),
    metadata: Object.freeze(metadata),
    info(name) {
      const { dtype, shape, byteLength } = find(name).place;
      return { dtype, shape, byteLength };
    },
    async tensor(name) {
      const { source, place } = find(name);
      const chosen = (typeof integers === "function" ? integers(name) : integers) ?? "int32";
      assertIntegers(chosen);
      return decodeTensor(source, name, place, chosen);
    },
    close,
  };
}

const INTEGERS: readonly string[] = ["int32", "float32", "wrap"] satisfies Integers[];

/** Callers without types: another name would leave the bytes as they are. */
function assertIntegers(integers: Integers): void {
  if (INTEGERS.includes(integers)) return;
  throw new InvalidArgumentError(
    `readSafetensors: expected one of ${INTEGERS.join(", ")} for integers, got ${integers}.`,
  );
}
