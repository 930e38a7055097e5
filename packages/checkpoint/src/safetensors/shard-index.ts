/** @file The index of a model in several safetensors files: `model.safetensors.index.json`. */
import { FileFormatError } from "../errors.ts";
import { quoted } from "../quoted.ts";
import type { ByteSource } from "../source/byte-source.ts";
import { partsInside } from "../source/folder-name.ts";
import { decodeUtf8, LENGTH_BYTES, MAX_HEADER } from "./header.ts";
import { JsonScanner } from "./json-scanner.ts";

/** What the index says. */
export interface ShardIndex {
  /** The file of each tensor. */
  readonly shards: ReadonlyMap<string, string>;
  /** Its metadata; numbers and what else is no text, as JSON. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Whether the bytes are JSON. A safetensors file begins with the length of its header, whose last byte, of 2^56, is 0; no
 * character of JSON is.
 */
export async function isIndex(source: ByteSource): Promise<boolean> {
  if (source.size < LENGTH_BYTES) return false;
  const start = new Uint8Array(LENGTH_BYTES);
  await source.read(0, start);
  return start.at(-1) !== 0 && /^\s*\{/.test(new TextDecoder().decode(start));
}

/** Reads the index. @throws FileFormatError for one that is not as Hugging Face's libraries write them */
export async function readIndex(source: ByteSource): Promise<ShardIndex> {
  const { label, size } = source;
  if (size > MAX_HEADER)
    throw new FileFormatError(`${label}: an index of ${size} bytes is longer than ${MAX_HEADER}`);
  const bytes = new Uint8Array(size);
  await source.read(0, bytes);
  const json = new JsonScanner(decodeUtf8(bytes, label), label);
  let shards: Map<string, string> | undefined;
  let isLayersModel = false;
  const metadata = Object.create(null) as Record<string, string>;
  for (const key of json.keys("the index")) {
    if (key === "weight_map") shards = readMap(json, label);
    else if (key === "metadata") readMetadata(json, metadata);
    else {
      json.value(quoted(key));
      isLayersModel ||= key === "weightsManifest";
    }
  }
  json.end();
  if (shards) return { shards, metadata };
  const instead = isLayersModel ? '. A model.json of TensorFlow.js is loaded with { layout: "keras" }' : "";
  throw new FileFormatError(
    `${label}: expected an index with a "weight_map", or a safetensors file${instead}`,
  );
}

function readMap(json: JsonScanner, label: string): Map<string, string> {
  const shards = new Map<string, string>();
  for (const name of json.keys("weight_map")) {
    const file = json.string(`the file of ${quoted(name)}`);
    partsInside(file, label);
    shards.set(name, file);
  }
  return shards;
}

function readMetadata(json: JsonScanner, metadata: Record<string, string>): void {
  if (json.isNull()) return;
  for (const key of json.keys("metadata")) {
    const literal = json.value(quoted(key));
    metadata[key] = literal.startsWith('"') ? (JSON.parse(literal) as string) : literal;
  }
}
