/** @file The weight manifest of TensorFlow.js: which weights stand in which files, in which order. */
import { FileFormatError } from "../errors.ts";
import { quoted } from "../quoted.ts";

/** How the numbers of a weight were made smaller: `value * scale + min`, or as half precision. */
export type Quantization =
  | { readonly dtype: "uint8" | "uint16"; readonly scale: number; readonly min: number }
  | { readonly dtype: "float16" };

/** The dtypes of weights. */
const DTYPES = { float32: 4, int32: 4, bool: 1, complex64: 8, string: undefined } as const;
const QUANTIZED = { uint8: 1, uint16: 2, float16: 2 } as const;

/** A weight as the manifest describes it. */
export interface WeightSpec {
  readonly name: string;
  readonly shape: readonly number[];
  /** The number of elements. */
  readonly size: number;
  readonly dtype: keyof typeof DTYPES;
  readonly quantization: Quantization | undefined;
  /** Whether it is a value of the optimizer, not of the model. */
  readonly isOptimizer: boolean;
}

/** Weights that stand one after the other in some files, read end to end. */
export interface WeightGroup {
  readonly paths: readonly string[];
  readonly weights: readonly WeightSpec[];
}

/** The bytes of an element in the file; undefined for texts, which have lengths of their own. */
export function elementBytes({ dtype, quantization }: WeightSpec): number | undefined {
  return quantization ? QUANTIZED[quantization.dtype] : DTYPES[dtype];
}

/**
 * Checks a manifest.
 *
 * @param manifest what `weightsManifest` of a model.json is
 * @param label what errors call the file
 * @throws FileFormatError that names the group or weight, and what is wrong with it
 */
export function parseManifest(manifest: unknown, label: string): WeightGroup[] {
  if (!Array.isArray(manifest)) {
    throw new FileFormatError(
      `${label}: expected a list of groups for weightsManifest, got ${typeName(manifest)}. Give the model.json that ` +
        "model.save or the converter of TensorFlow.js wrote.",
    );
  }
  const seen = new Set<string>();
  return manifest.map((group: unknown, index) => {
    const at = `${label}: weightsManifest[${index}]`;
    const paths = field(group, "paths");
    if (!Array.isArray(paths) || !paths.every((path) => typeof path === "string")) {
      throw new FileFormatError(`${at}: expected a list of file names for paths, got ${typeName(paths)}.`);
    }
    const weights = field(group, "weights");
    if (!Array.isArray(weights)) {
      throw new FileFormatError(`${at}: expected a list for weights, got ${typeName(weights)}.`);
    }
    return { paths, weights: weights.map((weight: unknown, i) => parseWeight(weight, `${at}.weights[${i}]`, label, seen)) }; // prettier-ignore
  });
}

function parseWeight(weight: unknown, at: string, label: string, seen: Set<string>): WeightSpec {
  const name = field(weight, "name");
  if (typeof name !== "string" || name === "") {
    throw new FileFormatError(`${at}: expected a text for name, got ${typeName(name)}.`);
  }
  const where = `${label}: ${quoted(name)}`;
  if (seen.has(name)) throw new FileFormatError(`${where} stands twice in the weightsManifest.`);
  seen.add(name);
  const dtype = field(weight, "dtype");
  if (typeof dtype !== "string" || !Object.hasOwn(DTYPES, dtype)) {
    throw new FileFormatError(
      `${where}: unknown dtype ${show(dtype)}; there are ${Object.keys(DTYPES).join(", ")}.`,
    );
  }
  const shape = field(weight, "shape");
  const size = sizeOf(shape);
  if (size === undefined) {
    throw new FileFormatError(
      `${where}: expected a list of sizes for shape, none below 0 and 2^53 elements at most, got ${show(shape)}.`,
    );
  }
  const spec = { name, shape: shape as number[], size, dtype: dtype as WeightSpec["dtype"] };
  const quantization = parseQuantization(field(weight, "quantization"), spec.dtype, where);
  return { ...spec, quantization, isOptimizer: field(weight, "group") === "optimizer" };
}

/** The number of elements; undefined for what is no shape. */
function sizeOf(shape: unknown): number | undefined {
  if (!Array.isArray(shape) || !shape.every((size) => Number.isSafeInteger(size) && size >= 0))
    return undefined;
  if (shape.includes(0)) return 0;
  let product = 1;
  for (const size of shape as number[]) product *= size;
  return Number.isSafeInteger(product) ? product : undefined;
}

function parseQuantization(given: unknown, dtype: string, where: string): Quantization | undefined {
  if (given === undefined || given === null) return undefined;
  const kind = field(given, "dtype");
  if (typeof kind !== "string" || !Object.hasOwn(QUANTIZED, kind)) {
    throw new FileFormatError(
      `${where}: unknown dtype ${show(kind)} of its quantization; there are ${Object.keys(QUANTIZED).join(", ")}.`,
    );
  }
  if (dtype !== "float32" && (dtype !== "int32" || kind === "float16")) {
    throw new FileFormatError(`${where}: ${dtype} cannot be quantized as ${kind}.`);
  }
  if (kind === "float16") return { dtype: kind };
  const [scale, min] = [field(given, "scale"), field(given, "min")];
  if (!Number.isFinite(scale) || !Number.isFinite(min)) {
    throw new FileFormatError(
      `${where}: expected numbers for scale and min of its quantization, got ${show(scale)} and ${show(min)}.`,
    );
  }
  return { dtype: kind as "uint8" | "uint16", scale: scale as number, min: min as number };
}

/** An own field of a JSON object; `undefined` where there is none. */
export function field(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

/** A value of JSON in an error, not too long. */
function show(value: unknown): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** What kind of JSON a value is. */
function typeName(value: unknown): string {
  if (value === undefined) return "nothing";
  return value === null ? "null" : Array.isArray(value) ? "a list" : `a ${typeof value}`;
}
