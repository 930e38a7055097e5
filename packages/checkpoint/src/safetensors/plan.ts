/** @file Decides how tensors stand in a file that is to be written, and checks all of them before anything is. */
import { classNameOf, InvalidArgumentError, isVariable } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { FileFormatError } from "../errors.ts";
import { quoted } from "../quoted.ts";
import type { StoredDtype } from "../tensor-file.ts";
import { DTYPES, isStoredDtype, sizeOf } from "./dtypes.ts";
import { STORED_ARRAYS, WRITTEN_AS, type StoredArray } from "./encode.ts";
import { LENGTH_BYTES, MAX_HEADER } from "./header.ts";
import type { WriteOptions } from "./options.ts";

/** Elements as a file holds them, for dtypes that TensorFlow.js does not have. */
export interface StoredTensor {
  readonly dtype: StoredDtype;
  readonly shape: readonly number[];
  /** An array of the dtype; F16 and BF16 are words of 16 bits in a `Uint16Array`, booleans bytes of 0 and 1. */
  readonly data: StoredArray;
}

/** Named tensors that are to be written. */
export type TensorsToWrite =
  Readonly<Record<string, tf.Tensor | StoredTensor>> | ReadonlyMap<string, tf.Tensor | StoredTensor>;

/** A tensor and its dtype in the file. */
export interface Planned {
  readonly name: string;
  readonly tensor: tf.Tensor | StoredTensor;
  readonly dtype: StoredDtype;
  readonly byteLength: number;
}

/** What a file is going to be. */
export interface Plan {
  /** The header, with its length in front. */
  readonly header: Uint8Array;
  /** The tensors, in the order of their bytes. */
  readonly tensors: readonly Planned[];
  /** Bytes of the whole file. */
  readonly byteLength: number;
}

/** @throws FileFormatError for what the format cannot hold */
export function planFile(tensors: TensorsToWrite, options: WriteOptions): Plan {
  assertTensors(tensors);
  assertDtype(options.dtype);
  const entries = tensors instanceof Map ? [...tensors] : Object.entries(tensors);
  const planned = entries.map(([name, tensor]) => planTensor(name, tensor, options));
  planned.sort((a, b) => ORDER.get(a.dtype)! - ORDER.get(b.dtype)! || compareCodePoints(a.name, b.name));
  const header = headerOf(planned, options.metadata);
  const byteLength = planned.reduce((sum, tensor) => sum + tensor.byteLength, header.length);
  return { header, tensors: planned, byteLength };
}

/** Callers without types. */
function assertTensors(tensors: unknown): void {
  if (tensors instanceof Map) return;
  const isObject = typeof tensors === "object" && tensors !== null;
  const prototype: unknown = isObject ? Object.getPrototypeOf(tensors) : undefined;
  if (prototype === Object.prototype || prototype === null) return;
  const found = tensors instanceof tf.Tensor ? "a tensor" : Array.isArray(tensors) ? "an array" : tensors === null ? "null" : isObject ? `a ${classNameOf(tensors)}` : typeof tensors; // prettier-ignore
  throw new InvalidArgumentError(
    `expected tensors by name, got ${found}. Write { kernel, bias }, or a Map of names and ` +
      `tensors; models and their states are written by saveModel(model, target).`,
  );
}

/** The same of one of them. */
function assertTensor(shown: string, tensor: unknown): void {
  if (isVariable(tensor)) {
    throw new InvalidArgumentError(
      `the tensor ${shown}: expected a tensor, got a ${classNameOf(tensor)}. Write its value, or all by saveModel.`,
    );
  }
  if (typeof tensor === "object" && tensor !== null && !Array.isArray(tensor)) return;
  const found = Array.isArray(tensor) ? "an array" : tensor === null ? "null" : typeof tensor;
  throw new InvalidArgumentError(
    `the tensor ${shown}: expected a tensor, or { dtype, shape, data }, got ${found}. Write tf.tensor(…).`,
  );
}

/** Callers without types write "float16", or "f16". */
function assertDtype(dtype: unknown): void {
  if (dtype === undefined || typeof dtype === "function") return;
  if (typeof dtype === "string" && isStoredDtype(dtype)) return;
  const meant = typeof dtype === "string" ? MEANT.find(([pattern]) => pattern.test(dtype))?.[1] : undefined;
  throw new FileFormatError(
    [
      `dtype: expected one of ${[...DTYPES.keys()].join(", ")}, or a function that chooses, found ${
        typeof dtype === "string" ? quoted(dtype) : dtype === null ? "null" : `a ${typeof dtype}`
      }.`,
      ...(meant === undefined ? [] : [`Write { dtype: "${meant}" }.`]),
    ].join(" "),
  );
}

const MEANT: readonly (readonly [pattern: RegExp, dtype: StoredDtype])[] = [
  [/^(?:f|float|fp)_?16$|^half$/i, "F16"],
  [/^b(?:f|float)_?16$/i, "BF16"],
  [/^(?:f|float|fp)_?32$/i, "F32"],
  [/^(?:f|float|fp)_?64$|^double$/i, "F64"],
];

/** Larger elements first, then as the safetensors library does. */
const ORDER: ReadonlyMap<StoredDtype, number> = new Map(
  [...DTYPES.keys()].map((dtype, index) => [dtype, index]),
);

function planTensor(name: string, tensor: tf.Tensor | StoredTensor, options: WriteOptions): Planned {
  const shown = quoted(name);
  if (name === "__metadata__")
    throw new FileFormatError('a tensor cannot be named "__metadata__" in safetensors');
  if (!isWellFormed(name)) throw new FileFormatError(`the tensor name ${shown} has half a surrogate pair`);
  assertTensor(shown, tensor);
  const dtype = tensor instanceof tf.Tensor ? dtypeOf(name, tensor, options) : checkStored(shown, tensor);
  return { name, tensor, dtype, byteLength: elements(tensor.shape) * sizeOf(dtype) };
}

function dtypeOf(name: string, tensor: tf.Tensor, { dtype }: WriteOptions): StoredDtype {
  const shown = quoted(name);
  if (tensor.isDisposed)
    throw new FileFormatError(`the tensor ${shown} is disposed, so that it cannot be written`);
  const possible = WRITTEN_AS[tensor.dtype];
  if (!possible) {
    const found = `the tensor ${shown} is ${tensor.dtype}, and safetensors holds numbers and booleans`;
    throw new FileFormatError(
      tensor.dtype === "complex64" ? `${found}: write tf.real and tf.imag of it as two tensors` : found,
    );
  }
  if (typeof dtype !== "function") return possible.find((one) => one === dtype) ?? possible[0]!;
  const chosen = dtype(name, tensor) ?? possible[0]!;
  if (possible.includes(chosen)) return chosen;
  throw new FileFormatError(
    `the tensor ${shown} is ${tensor.dtype}, which can be written as ${possible.join(", ")}; found ${chosen}`,
  );
}

function checkStored(shown: string, { dtype, shape, data }: StoredTensor): StoredDtype {
  if (!isStoredDtype(dtype)) {
    throw new FileFormatError(`the tensor ${shown}: expected a dtype such as "F32", found ${String(dtype)}`);
  }
  if (!shape.every((length) => Number.isSafeInteger(length) && length >= 0)) {
    throw new FileFormatError(
      `the tensor ${shown}: expected a shape of whole numbers, found [${shape.join(", ")}]`,
    );
  }
  const ArrayOf = STORED_ARRAYS[dtype];
  if (!(data instanceof ArrayOf)) {
    throw new FileFormatError(`the tensor ${shown} (${dtype}): expected its data in a ${ArrayOf.name}`);
  }
  if (data.length !== elements(shape)) {
    throw new FileFormatError(
      `the tensor ${shown}: the shape [${shape.join(", ")}] has ${elements(shape)} elements, ` +
        `but its data has ${data.length}`,
    );
  }
  return dtype;
}

function headerOf(
  tensors: readonly Planned[],
  metadata: Readonly<Record<string, string>> | undefined,
): Uint8Array {
  const entries: string[] = [];
  if (metadata) entries.push(`"__metadata__":${metadataText(metadata)}`);
  let begin = 0;
  for (const { name, tensor, dtype, byteLength } of tensors) {
    const end = begin + byteLength;
    entries.push(
      `${JSON.stringify(name)}:{"dtype":"${dtype}","shape":[${tensor.shape.join(",")}],"data_offsets":[${begin},${end}]}`,
    );
    begin = end;
  }
  const text = new TextEncoder().encode(`{${entries.join(",")}}`);
  const length = Math.ceil(text.length / 8) * 8;
  if (length > MAX_HEADER) {
    throw new FileFormatError(`the header would have ${length} bytes, and the format allows ${MAX_HEADER}`);
  }
  const header = new Uint8Array(LENGTH_BYTES + length).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(text, LENGTH_BYTES);
  return header;
}

/** Sorted, so that equal files are equal bytes; Python's library has them in an order of chance. */
function metadataText(metadata: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(metadata).sort(([a], [b]) => compareCodePoints(a, b));
  for (const [key, value] of pairs) {
    if (typeof value !== "string") {
      throw new FileFormatError(`metadata: expected ${quoted(key)} to be a text, found ${typeof value}`);
    }
    if (isWellFormed(key) && isWellFormed(value)) continue;
    throw new FileFormatError(`metadata: ${quoted(key)} or its value has half a surrogate pair`);
  }
  return `{${pairs.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(",")}}`;
}

const elements = (shape: readonly number[]) => shape.reduce((product, length) => product * length, 1);

const isWellFormed = (text: string) => !/\p{Surrogate}/u.test(text);

/** The order of the texts' bytes in UTF-8, which differs from JavaScript's for characters of two code units. */
function compareCodePoints(a: string, b: string): number {
  let at = 0;
  while (at < a.length && at < b.length && a[at] === b[at]) at++;
  if (at === a.length || at === b.length) return a.length - b.length;
  return rank(a.charCodeAt(at)) - rank(b.charCodeAt(at));
}

/** Halves of pairs stand for characters beyond all that are one unit. */
const rank = (unit: number) => (unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit);
