/** @file Reads the weights of a model that TensorFlow.js saved. */
import { guesses } from "@nnx-js/nn";
import { FileFormatError, StorageError } from "../errors.ts";
import { quoted } from "../quoted.ts";
import type { ByteSource, Source } from "../source/byte-source.ts";
import { isSourceFiles, openAmong, type SourceFiles } from "../source/file-set.ts";
import { partsInside } from "../source/folder-name.ts";
import { openSource } from "../source/open-source.ts";
import type { TensorFile } from "../tensor-file.ts";
import { readWeight, storedDtype, type WeightPlace } from "./decode.ts";
import { IN_ORDER } from "./in-order.ts";
import { joinedSource } from "./joined-source.ts";
import { elementBytes, field, parseManifest, type WeightGroup, type WeightSpec } from "./manifest.ts";

/**
 * Opens a model that TensorFlow.js saved (`model.save` of a LayersModel) or its converter wrote (graph models too):
 * model.json and the files that its weight manifest names. Each weight is read when it is asked for, and of the files
 * only its bytes. Quantised weights (uint8, uint16, float16) become float32 or int32.
 *
 * The topology is among the texts, as JSON: `metadata.modelTopology`. Weights that are texts are not among the names.
 *
 * @param source the path or address of model.json; or all files of the model, the `FileList` of an `<input multiple>` or
 *   sources by their names
 * @throws FileFormatError for a manifest that is none, and for files of another length than their weights; StorageError
 *   for files that are missing or cannot be read
 *
 * @example
 * const file = await readLayersModel("https://example.org/mobilenet/model.json");
 * const kernel = await file.tensor("conv1/kernel");
 * await file.close();
 */
export async function readLayersModel(source: Source | SourceFiles): Promise<TensorFile> {
  const model = isSourceFiles(source) ? await openModel(source) : await openSource(source);
  const opened = [model];
  const close = async () => {
    await Promise.all(opened.map((file) => file.close()));
  };
  try {
    const json = await readJson(model);
    const groups = parseManifest(Array.isArray(json) ? json : field(json, "weightsManifest"), model.label);
    const places = new Map<string, WeightPlace>();
    for (const group of groups) {
      const shards: ByteSource[] = [];
      // One after the other: a server may answer hundreds at once with an error.
      for (const path of group.paths) {
        const shard = await openBeside(model, path);
        opened.push(shard);
        shards.push(shard);
      }
      const bytes = joinedSource(`${model.label} (${group.paths.join(", ")})`, shards);
      for (const place of await locate(group, bytes)) places.set(place.weight.name, place);
    }
    return fileOf(model.label, places, textsOf(json), close);
  } catch (error) {
    await close();
    throw error;
  }
}

/** Among files that were chosen: model.json, or the only JSON. */
async function openModel(source: SourceFiles): Promise<ByteSource> {
  const files = Symbol.iterator in source ? [...source] : source;
  const names = Array.isArray(files) ? files.map(({ name }: File) => name) : Object.keys(files);
  const isMain = (name: string) =>
    names.includes("model.json") ? name === "model.json" : name.endsWith(".json");
  return await openAmong(files, isMain, "a model.json");
}

/** Opens a file that the manifest names; browsers' downloads have `./` in front. */
async function openBeside(model: ByteSource, path: string): Promise<ByteSource> {
  const name = partsInside(path.replace(/^(?:\.\/)+/, ""), model.label).join("/");
  if (model.sibling) return await model.sibling(name);
  throw new StorageError(
    `${model.label} names the file ${quoted(name)}, which cannot be found from it: give it by a path or an address, or ` +
      `all files together: { "model.json": json, ${quoted(name)}: weights }`,
  );
}

function fileOf(
  label: string,
  places: ReadonlyMap<string, WeightPlace>,
  metadata: Readonly<Record<string, string>>,
  close: () => Promise<void>,
): TensorFile {
  const numbers = [...places.values()].filter(({ weight }) => weight.dtype !== "string");
  const names = Object.freeze(numbers.map(({ weight }) => weight.name));
  const find = (name: string): WeightPlace => {
    const place = places.get(name);
    if (!place) {
      throw new FileFormatError(
        [`${label} has no weight ${quoted(name)}.`, ...guesses([name], names)].join(" "),
      );
    }
    if (place.weight.dtype !== "string") return place;
    throw new FileFormatError(
      `${label}: the weight ${quoted(name)} holds texts, and tensors of models hold numbers.`,
    );
  };
  return {
    names,
    metadata,
    info(name) {
      const { weight, begin, end } = find(name);
      return {
        dtype: storedDtype(weight),
        shape: weight.shape,
        byteLength: end - begin,
        ...(weight.dtype === "complex64" && { isComplex: true }),
        ...(weight.isOptimizer && { owner: "optimizer" }),
      };
    },
    tensor: async (name) => await readWeight(find(name)),
    close,
  };
}

async function readJson(source: ByteSource): Promise<unknown> {
  const bytes = new Uint8Array(source.size);
  await source.read(0, bytes);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw new FileFormatError(`${source.label} is no JSON: ${(error as Error).message}`);
  }
}

/** Where the weights of a group are; checks that they fill its files. */
async function locate(group: WeightGroup, source: ByteSource): Promise<WeightPlace[]> {
  let end = 0;
  const places: WeightPlace[] = [];
  for (const weight of group.weights) {
    const begin = end;
    const perElement = elementBytes(weight);
    end += perElement === undefined ? await textBytes(weight, source, begin) : weight.size * perElement;
    if (end > source.size) {
      throw new FileFormatError(
        `${source.label}: the weight ${quoted(weight.name)}, ${weight.quantization?.dtype ?? weight.dtype} ` +
          `[${weight.shape.join(", ")}], needs the bytes ${begin} to ${end}, and there are ${source.size}. ` +
          "Is a file missing, or cut?",
      );
    }
    places.push({ weight, source, begin, end });
  }
  if (end === source.size) return places;
  throw new FileFormatError(
    `${source.label}: the weights take ${end} bytes, and there are ${source.size}. Does this model.json belong to them?`,
  );
}

/** The length of texts, each behind four bytes with its own. */
async function textBytes(weight: WeightSpec, source: ByteSource, begin: number): Promise<number> {
  const head = new Uint8Array(4);
  let end = begin;
  for (let i = 0; i < weight.size; i++) {
    if (end + 4 > source.size) return Infinity;
    await source.read(end, head);
    end += 4 + new DataView(head.buffer).getUint32(0, true);
  }
  return end - begin;
}

/** The texts beside the weights. */
function textsOf(json: unknown): Record<string, string> {
  const texts: Record<string, string> = { order: IN_ORDER };
  for (const name of ["format", "generatedBy", "convertedBy"]) {
    const text = field(json, name);
    if (typeof text === "string") texts[name] = text;
  }
  for (const name of ["modelTopology", "trainingConfig", "userDefinedMetadata"]) {
    const value = field(json, name);
    if (value !== undefined && value !== null) texts[name] = JSON.stringify(value);
  }
  return texts;
}
