/** @file Several files that belong together, as a page gets them from the user. */
import { guesses } from "@nnx-js/nn";
import { StorageError } from "../errors.ts";
import type { ByteSource, Source } from "./byte-source.ts";
import { openSource } from "./open-source.ts";

/** Files that belong together: a `FileList` or array of `File`s, or sources by the names of their files. */
export type SourceFiles = Iterable<File> | Readonly<Record<string, Source>>;

/** Whether it is several files, not one source. */
export function isSourceFiles(value: Source | SourceFiles): value is SourceFiles {
  if (typeof value !== "object" || value === null) return false;
  if (ArrayBuffer.isView(value)) return false;
  if (Symbol.iterator in value) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  const { read } = value as Partial<ByteSource>;
  return (prototype === Object.prototype || prototype === null) && typeof read !== "function";
}

/**
 * Opens the one that `isMain` finds, or the only one; the others are its siblings.
 *
 * @param what what the main one is called, in the error that there is none
 */
export async function openAmong(
  files: SourceFiles,
  isMain: (name: string) => boolean,
  what: string,
): Promise<ByteSource> {
  const byName = new Map<string, Source>(
    Symbol.iterator in files ? Array.from(files as Iterable<File>, named) : Object.entries(files),
  );
  const names = [...byName.keys()];
  const mains = names.filter(isMain);
  const main = mains[0] ?? names[0];
  if (main === undefined || mains.length > 1 || (mains.length === 0 && names.length > 1)) {
    throw new StorageError(`expected ${what} among the files, found ${names.join(", ") || "none"}`);
  }
  const opened = await openSource(byName.get(main)!);
  return {
    ...forwarded(opened),
    async sibling(name) {
      const source = byName.get(name) ?? byName.get(name.split("/").at(-1)!);
      if (source !== undefined) return openSource(source);
      throw new StorageError(
        [`${main} needs the file ${name}, found only ${names.join(", ")}`, ...guesses([name], names)].join(
          "\n",
        ),
      );
    },
  };
}

function named(file: File): [string, File] {
  if (typeof File !== "undefined" && file instanceof File) return [file.name, file];
  throw new StorageError(
    "expected a list of Files; for paths, addresses or bytes give an object of them by the names of the files: " +
      '{ "model.safetensors": bytes }',
  );
}

/** Sources may be objects of a class, which a spread would take apart. */
function forwarded(source: ByteSource): ByteSource {
  return {
    label: source.label,
    size: source.size,
    read: (begin, into) => source.read(begin, into),
    ...(source.stream && { stream: (begin: number, end: number) => source.stream!(begin, end) }),
    close: () => source.close(),
  };
}
