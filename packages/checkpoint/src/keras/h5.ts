/** @file Keras's HDF5 files, read by h5wasm: libhdf5 itself, so that every version and filter is read. */
import { guesses } from "@nnx-js/nn";
import type { Dataset, File as H5File, Group } from "h5wasm";
import { FileFormatError, StorageError } from "../errors.ts";
import { quoted } from "../quoted.ts";
import { decodeTensor } from "../safetensors/decode.ts";
import { bytesSource } from "../source/bytes-source.ts";
import type { StoredDtype, TensorFile } from "../tensor-file.ts";
import { IN_ORDER } from "./in-order.ts";
import { loadH5wasm } from "./optional.ts";

type H5 = typeof import("h5wasm");

/** Filters make at most this much of a byte: that is what deflate can do. */
export const MOST_INFLATED = 1032;

/** Groups are neither nested deeper nor more, unless they stand in themselves. */
const [MAX_DEPTH, MAX_GROUPS] = [64, 1_000_000];

/** An open file. */
interface Opened {
  readonly h5: H5;
  readonly file: H5File;
  readonly label: string;
  /** Its length in bytes. */
  readonly size: number;
  isOpen(): boolean;
}

let count = 0;

/**
 * Opens an HDF5 file of Keras: `.h5` of Keras 2 and 3, `.weights.h5`. The file stays in memory until it is closed.
 *
 * @param bytes the whole file, which is the reader's from now on
 * @param texts more texts for the metadata
 */
export async function readH5(
  bytes: Uint8Array,
  label: string,
  texts: Readonly<Record<string, string>> = {},
): Promise<TensorFile> {
  const h5 = await loadH5wasm(`${label}, an HDF5 file,`);
  const { FS } = await h5.ready;
  const place = `nnx-js-${count++}.h5`;
  FS.writeFile(place, bytes, { canOwn: true } as object);
  let file: H5File | undefined;
  const close = async () => {
    file?.close();
    file = undefined;
    if (FS.analyzePath(place, true).exists) FS.unlink(place);
  };
  try {
    return throwing(h5, () => {
      file = new h5.File(place, "r");
      return fileOf({ h5, file, label, size: bytes.length, isOpen: () => file !== undefined }, texts, close);
    });
  } catch (error) {
    await close();
    if (error instanceof FileFormatError) throw error;
    throw new FileFormatError(`${label} is no whole HDF5 file: ${messageOf(error)}`);
  }
}

function fileOf(
  opened: Opened,
  texts: Readonly<Record<string, string>>,
  close: () => Promise<void>,
): TensorFile {
  const { file, label } = opened;
  const root = file.keys().includes("model_weights") ? file.get("model_weights") : file;
  const found: Found = { datasets: new Map(), layerNames: new Map(), groups: 0 };
  if (root instanceof opened.h5.Group) collect(opened, root, [], found);
  const names = Object.freeze([...found.datasets.keys()]);
  const find = (name: string) => {
    if (!opened.isOpen()) throw new StorageError(`${label} is closed: open it again.`);
    const dataset = found.datasets.get(name);
    if (dataset) return dataset;
    throw new FileFormatError([`${label} has no dataset ${quoted(name)}.`, ...guesses([name], names)].join(" ")); // prettier-ignore
  };
  const infoOf = (name: string) => {
    const stored = find(name);
    const { size, shape, total_size: total } = stored.metadata;
    return { dtype: dtypeOf(stored, name, label), shape: shape ?? [], byteLength: size * total };
  };
  const layerNames = JSON.stringify(Object.fromEntries(found.layerNames));
  const order =
    root instanceof opened.h5.Group && attributeOf(root, "layer_names") ? { order: IN_ORDER } : {};
  return {
    names,
    metadata: { ...attributesOf(file), ...texts, ...order, layerNames },
    info: infoOf,
    async tensor(name) {
      const bytes = bytesOf(opened, find(name), name);
      const place = { ...infoOf(name), begin: 0, end: bytes.length };
      return await decodeTensor(bytesSource(bytes, label), name, place, "int32");
    },
    close,
  };
}

/** A dataset, and what is known of it. */
interface Stored {
  readonly dataset: Dataset;
  readonly metadata: Dataset["metadata"];
  readonly isBfloat16: boolean;
}

/** What is gathered of the groups of a file. */
interface Found {
  readonly datasets: Map<string, Stored>;
  /** The names that Keras 3 notes for its groups, by their paths. */
  readonly layerNames: Map<string, string>;
  groups: number;
}

/** Adds all datasets below a group, in the order that Keras notes, or that of their names. */
function collect(opened: Opened, group: Group, path: readonly string[], found: Found): void {
  if (path.length > MAX_DEPTH || ++found.groups > MAX_GROUPS) {
    throw new FileFormatError(
      `${opened.label}: groups stand in themselves below ${path.slice(0, 3).join("/")}.`,
    );
  }
  const name = attributeOf(group, "name");
  if (path.at(-1) === "vars" && typeof name === "string") {
    found.layerNames.set(path.slice(0, -1).join("/"), name);
  }
  for (const key of orderOf(group)) {
    const child = group.get(key);
    const place = [...path, key];
    if (child instanceof opened.h5.Group) collect(opened, child, place, found);
    else if (child instanceof opened.h5.Dataset) {
      const isBfloat16 = attributeOf(child, "dtype") === "bfloat16";
      found.datasets.set(place.join("/"), { dataset: child, metadata: child.metadata, isBfloat16 });
    }
  }
}

/** The keys of a group: those that Keras lists first, in its order, numbers by value. */
function orderOf(group: Group): string[] {
  const keys = group.keys();
  const listed = attributeOf(group, "layer_names") ?? attributeOf(group, "weight_names");
  const wanted = Array.isArray(listed)
    ? (listed as unknown[]).map((name) => String(name).split("/")[0]!)
    : [];
  const rank = new Map([...new Set(wanted)].map((key, i) => [key, i]));
  const at = (key: string) => rank.get(key) ?? rank.size;
  return keys.sort((a, b) => at(a) - at(b) || Number(a) - Number(b) || 0);
}

function attributeOf(group: Group | Dataset, name: string): unknown {
  return Object.hasOwn(group.attrs, name) ? group.attrs[name]!.value : undefined;
}

/** The texts at the root: `model_config`, `keras_version`. */
function attributesOf(file: H5File): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const name of ["model_config", "training_config", "keras_version", "backend"]) {
    const value = attributeOf(file, name);
    if (typeof value === "string") texts[name] = value;
  }
  return texts;
}

/** By class and length of HDF5's numbers; signed integers have a minus. */
const DTYPES: Readonly<Record<string, StoredDtype>> = {
  float8: "F64",
  float4: "F32",
  float2: "F16",
  "integer-8": "I64",
  "integer-4": "I32",
  "integer-2": "I16",
  "integer-1": "I8",
  integer4: "U32",
  integer2: "U16",
  integer1: "U8",
  enum1: "BOOL",
  "enum-1": "BOOL",
};

function dtypeOf({ metadata, isBfloat16 }: Stored, name: string, label: string): StoredDtype {
  const { type, size, signed, littleEndian } = metadata;
  if (size === 2 && isBfloat16) return "BF16";
  const kind = { 0: "integer", 1: "float", 8: "enum" }[type];
  const dtype = DTYPES[`${kind}${signed && kind !== "float" ? "-" : ""}${size}`];
  if (dtype && (littleEndian || size === 1)) return dtype;
  throw new FileFormatError(
    `${label}: ${quoted(name)} is of a type that no weight of Keras has: class ${type} of HDF5, ${size} bytes` +
      `${littleEndian ? "" : ", big-endian"}.`,
  );
}

/** The bytes of a dataset, filters undone. */
function bytesOf(
  { h5, label, size }: Opened,
  { dataset: { file_id, path }, metadata }: Stored,
  name: string,
): Uint8Array {
  const length = metadata.size * metadata.total_size;
  if (length > size * MOST_INFLATED) {
    throw new FileFormatError(
      `${label}: ${quoted(name)} of shape [${metadata.shape?.join(", ")}] cannot stand in ${size} bytes.`,
    );
  }
  const pointer = h5.Module._malloc(length);
  if (pointer === 0 && length > 0)
    throw new FileFormatError(`${label}: no memory for ${name}, ${length} bytes.`);
  try {
    throwing(h5, () => h5.Module.get_dataset_data(file_id, path, null, null, null, BigInt(pointer)));
    return h5.Module.HEAPU8.slice(pointer, pointer + length);
  } catch (error) {
    throw new FileFormatError(`${label}: ${quoted(name)} could not be read: ${messageOf(error)}`);
  } finally {
    h5.Module._free(pointer);
  }
}

/** Runs `f` while libhdf5 throws its errors; otherwise it prints them and goes on. */
function throwing<T>({ Module }: H5, f: () => T): T {
  Module.activate_throwing_error_handler();
  try {
    return f();
  } finally {
    Module.deactivate_throwing_error_handler();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
