/** @file The header of a safetensors file: which tensors there are, and where; checked before anything is read. */
import { FileFormatError } from "../errors.ts";
import { quoted } from "../quoted.ts";
import type { ByteSource } from "../source/byte-source.ts";
import type { StoredDtype, TensorInfo } from "../tensor-file.ts";
import { isStoredDtype, sizeOf, whyNot } from "./dtypes.ts";
import { JsonScanner } from "./json-scanner.ts";

/** The longest header that the format allows, in bytes. */
export const MAX_HEADER = 100_000_000;
/** Bytes of the header's length, which stands first. */
export const LENGTH_BYTES = 8;
/** PyTorch and NumPy have no tensors of more axes. */
const MAX_RANK = 64;

/** A tensor and where its bytes stand in the file. */
export interface TensorPlace extends TensorInfo {
  readonly dtype: StoredDtype;
  readonly begin: number;
  readonly end: number;
}

/** How other files begin that are taken for safetensors files, and what to do with them. */
const OTHERS: readonly (readonly [begin: RegExp, what: string])[] = [
  [
    /^PK[^\0]{2}/,
    "a zip archive: of torch.save (.pt, .bin) save the state_dict by safetensors.torch.save_file; a .keras file is " +
      'loaded with { layout: "keras" }',
  ],
  [/^\x89HDF/, 'an HDF5 file: those of Keras are loaded with { layout: "keras" }'],
  [/^version /, "what Git LFS puts in the place of a file: fetch it by git lfs pull"],
  [/^<[^\0]{7}/, "a page of HTML or XML: the address is that of a page, or asks to sign in"],
];

/** What the header says. */
export interface Header {
  readonly tensors: ReadonlyMap<string, TensorPlace>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads and checks the header.
 *
 * @throws FileFormatError for whatever the format forbids: of the tensors together each byte is used once
 */
export async function readHeader(source: ByteSource): Promise<Header> {
  const { label, size } = source;
  if (size < LENGTH_BYTES) {
    throw new FileFormatError(`${label}: expected a safetensors file, found only ${size} bytes`);
  }
  const start = new Uint8Array(LENGTH_BYTES);
  await source.read(0, start);
  const length = headerLength(start, label, size);
  const bytes = new Uint8Array(length);
  await source.read(LENGTH_BYTES, bytes);
  return parseHeader(bytes, label, size);
}

function headerLength(start: Uint8Array, label: string, size: number): number {
  const length = new DataView(start.buffer).getBigUint64(0, true);
  const rest = size - LENGTH_BYTES;
  if (length <= rest && length <= MAX_HEADER) return Number(length);
  const text = String.fromCharCode(...start);
  const other = OTHERS.find(([begin]) => begin.test(text))?.[1];
  if (other !== undefined) throw new FileFormatError(`${label}: expected a safetensors file, found ${other}`);
  const limit = length <= rest ? `the format allows ${MAX_HEADER}` : `${rest} follow in the file`;
  throw new FileFormatError(
    `${label}: it says that its header has ${length} bytes, but ${limit}. ` +
      "It is cut short, or no safetensors file",
  );
}

function parseHeader(bytes: Uint8Array, label: string, size: number): Header {
  const what = `${label}: the header`;
  if (bytes[0] !== 0x7b) throw new FileFormatError(`${what}: expected it to begin with "{"`);
  const json = new JsonScanner(decodeUtf8(bytes, what), what);
  const dataBegin = LENGTH_BYTES + bytes.length;
  const tensors = new Map<string, TensorPlace>();
  const metadata = Object.create(null) as Record<string, string>;
  for (const name of json.keys("the header")) {
    if (name === "__metadata__") readMetadata(json, metadata);
    else tensors.set(name, readPlace(json, quoted(name), dataBegin));
  }
  json.end();
  checkCover(tensors, dataBegin, size, label);
  return { tensors, metadata };
}

/** @throws FileFormatError for bytes that are no UTF-8 */
export function decodeUtf8(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new FileFormatError(`${what}: its bytes are not valid UTF-8`);
  }
}

function readMetadata(json: JsonScanner, metadata: Record<string, string>): void {
  if (json.isNull()) return;
  for (const key of json.keys("__metadata__")) {
    metadata[key] = json.string(`the value of ${quoted(key)} in __metadata__`);
  }
}

function readPlace(json: JsonScanner, name: string, dataBegin: number): TensorPlace {
  let dtype: string | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  for (const key of json.keys(`the tensor ${name}`)) {
    if (key === "dtype") dtype = json.string(`the dtype of ${name}`);
    else if (key === "shape") shape = json.sizes(`the shape of ${name}`, MAX_RANK);
    else if (key === "data_offsets") offsets = json.sizes(`the data_offsets of ${name}`, 2);
    else json.value(`${quoted(key)} of the tensor ${name}`);
  }
  const missing = dtype === undefined ? "dtype" : !shape ? "shape" : !offsets ? "data_offsets" : undefined;
  if (missing) json.fail(`the tensor ${name} has no ${missing}`);
  if (!isStoredDtype(dtype!)) json.fail(`the tensor ${name}: ${whyNot(dtype!)}`);
  const [begin, end] = offsets!;
  if (end === undefined) json.fail(`the data_offsets of ${name} need to be two numbers: begin and end`);
  if (end < begin!) json.fail(`the tensor ${name} ends (${end}) before it begins (${begin})`);
  checkBytes(json, name, dtype, shape!, end - begin!);
  return {
    dtype,
    shape: Object.freeze(shape!),
    byteLength: end - begin!,
    begin: dataBegin + begin!,
    end: dataBegin + end,
  };
}

function checkBytes(
  json: JsonScanner,
  name: string,
  dtype: StoredDtype,
  shape: readonly number[],
  found: number,
): void {
  const text = `${dtype} of the shape [${shape.join(", ")}]`;
  let expected = sizeOf(dtype);
  for (const length of shape) {
    expected *= length;
    if (!Number.isSafeInteger(expected)) json.fail(`the tensor ${name} is too large: ${text}`);
  }
  if (expected === found) return;
  json.fail(`the tensor ${name}, ${text}, has ${expected} bytes, but its data_offsets give it ${found}`);
}

/** The tensors, in the order of their bytes, need to follow each other from the header to the end of the file. */
function checkCover(tensors: ReadonlyMap<string, TensorPlace>, begin: number, size: number, label: string) {
  const places = [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let at = begin;
  let before = "the header";
  for (const [name, place] of places) {
    const shown = quoted(name);
    if (place.begin !== at) {
      const problem =
        place.begin < at
          ? `the tensors ${before} and ${shown} overlap`
          : `${place.begin - at} bytes before ${shown} belong to no tensor`;
      throw new FileFormatError(`${label}: ${problem}`);
    }
    at = place.end;
    before = shown;
  }
  if (at === size) return;
  throw new FileFormatError(
    at > size
      ? `${label}: the tensor ${before} ends at byte ${at}, but the file at ${size}: it is cut short`
      : `${label}: ${size - at} bytes after ${before} belong to no tensor`,
  );
}
