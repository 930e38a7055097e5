/** @file Examples side by side in tensors. */
import { formatPath, guesses, type Key } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { DataSourceError } from "../errors.ts";
import { isPlainObject } from "./tensors.ts";

/** A dtype for all numbers, or by name. */
type DtypeTree = tf.DataType | { readonly [name: string]: DtypeTree | undefined } | undefined;

/** Where the examples of a batch stand, for errors. */
export type Naming = (place: number) => string;

/**
 * Puts examples together, part by part, as `BatchOf` tells.
 *
 * @param dtypes for numbers, by the structure of an example
 * @param nameOf how errors call the example at a place of the batch
 * @throws DataSourceError for examples that are not alike
 */
export function collate(examples: readonly unknown[], dtypes: unknown, nameOf: Naming): unknown {
  // The type of the option is that of this tree.
  return stack(examples, dtypes as DtypeTree, [], nameOf);
}

function stack(values: readonly unknown[], dtype: DtypeTree, path: readonly Key[], nameOf: Naming): unknown {
  const [first] = values;
  const own = typeof dtype === "string" ? dtype : undefined;
  if (typeof first === "number" || typeof first === "boolean" || isNumbers(first)) {
    return stackNumbers(values, own, path, nameOf);
  }
  if (first instanceof tf.Tensor) return stackTensors(values, own, path, nameOf);
  if (Array.isArray(first) || isPlainObject(first)) {
    const names: Key[] = Array.isArray(first) ? first.map((_, index) => index) : Object.keys(first);
    assertNames(values, names, Array.isArray(first), path, nameOf);
    if (typeof dtype === "object") assertDtypes(dtype, names.map(String), path);
    const parts = names.map((name) => {
      const below = values.map((value) => (value as Record<Key, unknown>)[name]);
      const dtypeBelow = typeof dtype === "object" ? dtype[name] : own;
      return [name, stack(below, dtypeBelow, [...path, name], nameOf)] as const;
    });
    return Array.isArray(first) ? parts.map(([, part]) => part) : Object.fromEntries(parts);
  }
  return [...values];
}

/** Whether `value` is a typed array, or an array of numbers, nested or not. */
function isNumbers(value: unknown): boolean {
  if (ArrayBuffer.isView(value)) return "length" in value && !(value instanceof BigInt64Array || value instanceof BigUint64Array); // prettier-ignore
  if (!Array.isArray(value) || value.length === 0) return false;
  return value.every((item) => typeof item === "number" || typeof item === "boolean" || (Array.isArray(item) && isNumbers(item))) && new Set(value.map((item) => Array.isArray(item))).size === 1; // prettier-ignore
}

function stackNumbers(
  values: readonly unknown[],
  dtype: tf.DataType | undefined,
  path: readonly Key[],
  nameOf: Naming,
): tf.Tensor {
  const shape = shapeOf(values[0]);
  const size = shape.reduce((product, length) => product * length, 1);
  const type = dtype ?? dtypeOf(values[0]);
  const all = arrayOf(type, values.length * size);
  for (let place = 0; place < values.length; place++) {
    const value = values[place];
    const found = fill(all, place * size, value, shape, 0);
    if (found === undefined) continue;
    if (typeof found === "number") throw unfitting(found, type, values[place], nameOf(place) + at(path));
    throw new DataSourceError(
      `loader: ${nameOf(place)}${at(path)}: expected ${describe(values[0])} as in the examples before, found ` +
        `${found}. Examples of a batch are of one shape: pad them in \`map\`, or put them together by \`collate\`.`,
    );
  }
  return tf.tensor(all, [values.length, ...shape], type);
}

/** The error for a number that a dtype cannot hold. */
function unfitting(value: number, dtype: tf.DataType, example: unknown, where: string): DataSourceError {
  const range = dtype === "bool" ? "0 or 1" : "an integer from -2147483648 to 2147483647";
  const isGiven = dtypeOf(example) === dtype;
  return new DataSourceError(
    `loader: ${where}: expected ${range}, as ${dtype} holds, found ${value}. Nothing is rounded or cut off: ` +
      `${isGiven ? "ask for floats" : "the first example of the batch, or the option, made it " + dtype + "; ask for floats"}, ` +
      `{ dtype: "float32" }, or convert it in \`map\`.`,
  );
}

/**
 * Writes the numbers of `value` from `begin` on; answers what was found where they do not have the shape, or the number
 * that the array cannot hold.
 */
function fill(
  all: Numbers,
  begin: number,
  value: unknown,
  shape: readonly number[],
  axis: number,
): string | number | undefined {
  if (axis === shape.length) {
    if (typeof value !== "number" && typeof value !== "boolean") return describe(value);
    return put(all, begin, Number(value));
  }
  const length = shape[axis]!;
  if (!isList(value) || value.length !== length) return describe(value);
  if (axis === shape.length - 1 && ArrayBuffer.isView(value)) {
    if (holdsAll(all, value)) {
      all.set(value, begin);
      return undefined;
    }
    for (let i = 0; i < length; i++) {
      const unfit = put(all, begin + i, value[i]!);
      if (unfit !== undefined) return unfit;
    }
    return undefined;
  }
  const size = shape.slice(axis + 1).reduce((product, below) => product * below, 1);
  for (let i = 0; i < length; i++) {
    const found = fill(all, begin + i * size, value[i], shape, axis + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Writes a number; answers it where the array cannot hold it. */
function put(all: Numbers, place: number, value: number): number | undefined {
  all[place] = value;
  return all instanceof Float32Array || (all[place] === value && !(all instanceof Uint8Array && value > 1))
    ? undefined
    : value;
}

/** Whether an array holds every number that another can have. */
function holdsAll(all: Numbers, value: ArrayBufferView): boolean {
  if (all instanceof Float32Array) return true;
  const isFloat = value instanceof Float32Array || value instanceof Float64Array;
  return all instanceof Int32Array && !isFloat && !(value instanceof Uint32Array);
}

function stackTensors(
  values: readonly unknown[],
  dtype: tf.DataType | undefined,
  path: readonly Key[],
  nameOf: Naming,
): tf.Tensor {
  const first = values[0] as tf.Tensor;
  for (const [place, value] of values.entries()) {
    if (value instanceof tf.Tensor && value.isDisposed) {
      throw new DataSourceError(
        `loader: ${nameOf(place)}${at(path)}: the tensor is disposed of. What an iterable or \`map\` gives becomes the ` +
          `loader's, and is freed with its batch: give one tensor twice as a clone, x.clone().`,
      );
    }
    if (
      value instanceof tf.Tensor &&
      value.dtype === first.dtype &&
      value.shape.join() === first.shape.join()
    ) {
      continue;
    }
    throw new DataSourceError(
      `loader: ${nameOf(place)}${at(path)}: expected ${describe(first)} as in the examples before, found ` +
        `${describe(value)}. Examples of a batch are of one shape: pad them in \`map\`.`,
    );
  }
  return tf.tidy(() => {
    const stacked = tf.stack(values as tf.Tensor[]);
    return dtype === undefined || dtype === stacked.dtype ? stacked : tf.cast(stacked, dtype);
  });
}

function assertNames(
  values: readonly unknown[],
  names: readonly Key[],
  isArray: boolean,
  path: readonly Key[],
  nameOf: Naming,
): void {
  for (const [place, value] of values.entries()) {
    const isAlike = isArray ? Array.isArray(value) : isPlainObject(value);
    const found = isAlike ? Object.keys(value as object) : [];
    if (
      isAlike &&
      found.length === names.length &&
      names.every((name) => Object.hasOwn(value as object, name))
    ) {
      continue;
    }
    const expected = isArray ? `an array of ${names.length}` : `an object with ${names.join(", ")}`;
    throw new DataSourceError(
      `loader: ${nameOf(place)}${at(path)}: expected ${expected} as in the examples before, found ${describe(value)}. ` +
        `Make examples alike by \`map\`.`,
    );
  }
}

/** @throws DataSourceError for dtypes of parts that there are not */
function assertDtypes(dtypes: object, names: readonly string[], path: readonly Key[]): void {
  const unknown = Object.keys(dtypes).filter((name) => !names.includes(name));
  if (unknown.length === 0) return;
  throw new DataSourceError(
    [
      `loader: dtype${at(path)}: examples have no ${unknown.join(", ")}.`,
      ...guesses(unknown, names),
      `There are: ${names.join(", ")}.`,
    ].join(" "),
  );
}

function shapeOf(value: unknown): number[] {
  if (!isList(value)) return [];
  return ArrayBuffer.isView(value) ? [value.length] : [value.length, ...shapeOf(value[0])];
}

function dtypeOf(value: unknown): tf.DataType {
  if (typeof value === "boolean") return "bool";
  if (Array.isArray(value)) return dtypeOf(value[0]);
  const isFloat = typeof value === "number" || value instanceof Float32Array || value instanceof Float64Array;
  return isFloat ? "float32" : "int32";
}

/** The elements of a tensor; booleans are bytes. */
type Numbers = Float32Array | Int32Array | Uint8Array;

/** An empty array of the elements of a dtype. */
function arrayOf(dtype: tf.DataType, length: number): Numbers {
  if (dtype === "int32") return new Int32Array(length);
  return dtype === "bool" ? new Uint8Array(length) : new Float32Array(length);
}

function isList(value: unknown): value is ArrayLike<number> & Iterable<number> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && "length" in value);
}

const at = (path: readonly Key[]) => (path.length === 0 ? "" : `, ${formatPath(path)}`);

/** What a value is, in a few words. */
export function describe(value: unknown): string {
  if (value instanceof tf.Tensor) return `a ${value.dtype} tensor of shape [${value.shape.join(", ")}]`;
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name} of ${(value as Float32Array).length}`;
  if (Array.isArray(value)) return isNumbers(value) ? `numbers of shape [${shapeOf(value).join(", ")}]` : `an array of ${value.length}`; // prettier-ignore
  if (isPlainObject(value)) return `an object with ${Object.keys(value).join(", ") || "nothing"}`;
  if (typeof value === "function") return "a function";
  if (typeof value === "object" && value !== null) return `a ${value.constructor.name}`;
  return typeof value === "string" ? JSON.stringify(value) : typeof value === "number" ? "a number" : String(value); // prettier-ignore
}
