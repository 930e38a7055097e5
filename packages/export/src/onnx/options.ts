/** @file Options of the export, checked. */
import { ExportArgumentError } from "../errors.ts";

/** Options of {@link exportOnnx}. */
export interface ExportOnnxOptions {
  /** The version of the operators, from 18 to 24. Default 20. */
  readonly opset?: number | undefined;
  /**
   * Whether the size of the batch is left open. `true`: axis 0 of every input. Otherwise the axis of each input that has
   * one, by name: `{ tokens: 0, mask: 0 }`. Default false: the model takes the shapes of `args`.
   */
  readonly dynamicBatch?: boolean | Readonly<Record<string, number>> | undefined;
  /** Other names for inputs and outputs: `{ x: "pixels", output: "logits" }`. */
  readonly names?: Readonly<Record<string, string>> | undefined;
  /** Where weights go: into the file, or into another one beside it, as above 2 GB they must. Default `"inline"`. */
  readonly weights?: "inline" | "external" | undefined;
  /** The name of the file beside the model. Default `"weights.bin"`. */
  readonly location?: string | undefined;
  /**
   * `"operator"` writes unmasked attention as one operator, `Attention`, which `opset` has from 23 on. Default
   * `"decomposed"`: products and softmax, which every runtime knows.
   */
  readonly attention?: "decomposed" | "operator" | undefined;
  /**
   * What becomes of Variables that the function sets: `"inputs"`, each is an input and an output; `"fixed"`, each has what
   * it holds now, in every call, and what is set is left out. Default `"inputs"`.
   */
  readonly state?: "inputs" | "fixed" | undefined;
  /** Modules that the function closes over, by the names that their state gets in the file. */
  readonly closure?: Readonly<Record<string, unknown>> | undefined;
  /** The name of the function, for errors and for the file. Its own unless given. */
  readonly name?: string | undefined;
  /** Texts to put into the file. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

const KEYS: ReadonlySet<string> = new Set<keyof ExportOnnxOptions>([
  "opset",
  "dynamicBatch",
  "names",
  "weights",
  "location",
  "attention",
  "state",
  "closure",
  "name",
  "metadata",
]);

function fail(expected: string, found: unknown): never {
  throw new ExportArgumentError(`exportOnnx: expected ${expected}, found ${inWords(found)}.`);
}

function inWords(value: unknown): string {
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object" && value !== null) return "an object";
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/** Checks what plain JavaScript may get wrong. */
export function checkOptions(options: ExportOnnxOptions): { readonly opset: number } {
  if (!isRecord(options)) fail("an object of options", options);
  for (const key of Object.keys(options)) {
    if (!KEYS.has(key)) fail(`options among ${[...KEYS].join(", ")}`, key);
  }
  const { opset = 20, weights = "inline", attention = "decomposed", state = "inputs" } = options;
  if (!Number.isInteger(opset) || opset < 18 || opset > 24) fail("an opset from 18 to 24", opset);
  if (weights !== "inline" && weights !== "external") fail('weights: "inline" or "external"', weights);
  if (state !== "inputs" && state !== "fixed") fail('state: "inputs" or "fixed"', state);
  if (attention !== "decomposed" && attention !== "operator")
    fail('attention: "decomposed" or "operator"', attention);
  if (attention === "operator" && opset < 23) fail('opset: 23 or newer for attention: "operator"', opset);
  checkTexts(options);
  return { opset };
}

/** Names and what is named. */
function checkTexts(options: ExportOnnxOptions): void {
  const { dynamicBatch = false, names = {}, weights, location, closure = {}, name, metadata = {} } = options;
  const isBatch = typeof dynamicBatch === "boolean" || (isRecord(dynamicBatch) && hasKeys(dynamicBatch));
  if (!isBatch) fail("dynamicBatch: true, or axes by the names of inputs, such as { x: 0 }", dynamicBatch);
  if (!isRecord(names)) fail('names: an object, such as { x: "pixels" }', names);
  for (const [key, given] of Object.entries<unknown>(names)) {
    if (!isText(given)) fail(`names.${key}: a text that is not empty`, given);
  }
  if (!isRecord(metadata)) fail('metadata: an object of texts, such as { license: "MIT" }', metadata);
  for (const [key, text] of Object.entries<unknown>(metadata)) {
    if (typeof text !== "string") fail(`metadata.${key}: a text`, text);
  }
  if (!isRecord(closure)) fail("closure: an object of Modules and Variables, such as { model }", closure);
  if (name !== undefined && !isText(name)) fail("name: a text that is not empty", name);
  if (location === undefined) return;
  // Runtimes refuse what lies outside the model's folder.
  const isFile = isText(location) && !/^\.{1,2}$|[/\\]/.test(location);
  if (!isFile) fail('location: the name of a file beside the model, such as "weights.bin"', location);
  if (weights !== "external") fail('weights: "external" where there is a location', weights ?? "inline");
}

function isRecord(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const isText = (value: unknown) => typeof value === "string" && value !== "";
const hasKeys = (value: object) => Object.keys(value).length > 0;
