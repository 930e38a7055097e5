/** @file Arguments that say only a shape and a dtype. */
import type { Path, ShapeDtype } from "@nnx-js/nn";
import { abstractTensor, runAbstract } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { ExportArgumentError } from "../errors.ts";

const DTYPES: ReadonlySet<string> = new Set(["float32", "int32", "bool"]);

/**
 * Whether `value` is `{ shape, dtype }` and nothing else, as `evalShape` gives it: it stands for a tensor without values.
 *
 * @throws ExportArgumentError for one with sizes or a dtype that tensors have not
 */
function isSpec(value: unknown): value is ShapeDtype {
  if (!isPlain(value)) return false;
  const { shape, dtype } = value as { readonly shape?: unknown; readonly dtype?: unknown };
  if (!Array.isArray(shape) || typeof dtype !== "string" || Object.keys(value).length !== 2) return false;
  if (!shape.every((size) => Number.isInteger(size) && size >= 0)) {
    throw new ExportArgumentError(
      `expected a shape of integers from 0 on, found ${JSON.stringify(shape)} in { shape, dtype }. ` +
        "The size of a batch that exportOnnx leaves open may be any: { dynamicBatch: true }.",
    );
  }
  if (!DTYPES.has(dtype)) {
    throw new ExportArgumentError(
      `expected a dtype of ${[...DTYPES].join(", ")}, found "${dtype}" in { shape, dtype }.`,
    );
  }
  return true;
}

/** `args` with a tensor for each spec in arrays and plain objects, and what frees these tensors. */
export function withoutSpecs<Args extends unknown[]>(args: Args): { args: Args; dispose: () => void } {
  const made: tf.Tensor[] = [];
  const seen = new Map<object, unknown>();
  const replace = (value: unknown): unknown => {
    if (isSpec(value)) {
      const tensor = runAbstract(() => tf.keep(abstractTensor(value.shape, value.dtype)));
      made.push(tensor);
      return tensor;
    }
    if (!isPlain(value)) return value;
    const known = seen.get(value);
    if (known !== undefined) return known;
    // What holds no spec stays the same object.
    seen.set(value, value);
    const entries = Object.entries(value).map(([key, child]) => [key, replace(child)] as const);
    if (entries.every(([key, child]) => Object.is(child, (value as Record<string, unknown>)[key])))
      return value;
    const copy: unknown = Array.isArray(value)
      ? entries.map(([, child]) => child)
      : Object.fromEntries(entries);
    seen.set(value, copy);
    return copy;
  };
  // The same structure, with tensors where specs were.
  const replaced = args.map(replace) as Args;
  return { args: replaced, dispose: () => made.forEach((tensor) => tensor.dispose()) };
}

/** The tensors, and specs, in arrays and plain objects. */
export function tensorsIn(args: unknown[]): { readonly path: Path; readonly spec: ShapeDtype }[] {
  const found: { path: Path; spec: ShapeDtype }[] = [];
  const seen = new Set<unknown>();
  const visit = (value: unknown, path: Path) => {
    if (value instanceof tf.Tensor || isSpec(value)) found.push({ path, spec: value });
    else if (isPlain(value) && !seen.has(value)) {
      seen.add(value);
      for (const [key, child] of Object.entries(value))
        visit(child, [...path, Array.isArray(value) ? Number(key) : key]);
    }
  };
  visit(args, []);
  return found;
}

function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
}
