/** @file Recordings of a function with several batches. */
import type { Path, ShapeDtype } from "@nnx-js/nn";
import { ExportArgumentError } from "../errors.ts";
import { record, type Recorded, type RecordOptions } from "../record/record.ts";
import { tensorsIn } from "../record/specs.ts";
import type { ExportOnnxOptions } from "./options.ts";
import type { Recordings } from "./symbolic/unify.ts";

/** Sizes of batches that sizes of models seldom are. A third shows what grows otherwise than in a line. */
const SIZES = [11, 13, 17] as const;

type Fn = (...args: unknown[]) => unknown;

/** A tensor among the arguments, and the axis that is the batch. */
interface Batched {
  readonly name: string;
  readonly path: Path;
  readonly spec: ShapeDtype;
  readonly axis: number;
}

/**
 * Records `fn` for batches of several sizes, or once for that of `args`.
 *
 * @returns also the first parameter that has the batch, and the axis
 */
export function recordBatches(
  caller: string,
  fn: Fn,
  args: unknown[],
  dynamicBatch: ExportOnnxOptions["dynamicBatch"],
  options: RecordOptions & { readonly argumentNames: readonly string[] },
): Recordings & { readonly batch: BatchParameter | undefined; dispose(): void } {
  const batched = batchedInputs(caller, args, options.argumentNames, dynamicBatch);
  const sizes = batched.length === 0 ? [1] : SIZES;
  const recorded: Recorded[] = [];
  const dispose = () => recorded.forEach((each) => each.dispose());
  try {
    for (const size of sizes) recorded.push(record(fn, withBatch(args, batched, size), options));
  } catch (error) {
    dispose();
    throw error;
  }
  const axes = new Map(batched.map(({ name, axis }) => [name, axis]));
  const index = recorded[0]!.parameters.findIndex(({ role, name }) => role === "input" && axes.has(name));
  const first = recorded[0]!.parameters[index];
  const batch = first && { index, axis: axes.get(first.name)! };
  return { caller, sizes, recorded: recorded as [Recorded, ...Recorded[]], batch, dispose };
}

/** A parameter, by its number, and its axis that is the batch. */
interface BatchParameter {
  readonly index: number;
  readonly axis: number;
}

function batchedInputs(
  caller: string,
  args: unknown[],
  names: readonly string[],
  dynamicBatch: ExportOnnxOptions["dynamicBatch"],
): Batched[] {
  if (dynamicBatch === undefined || dynamicBatch === false) return [];
  const inputs = tensorsIn(args).map(({ path, spec }) => {
    const [argument, ...rest] = path;
    return { name: [names[argument as number] ?? `arg${argument}`, ...rest].join("."), path, spec };
  });
  const fail = (text: string) => new ExportArgumentError(`${caller}: ${text}`);
  const known = `The inputs are ${inputs.map(({ name }) => name).join(", ") || "none"}`;
  if (dynamicBatch === true) {
    const all = inputs.flatMap((input) => (input.spec.shape.length > 0 ? { ...input, axis: 0 } : []));
    const sizes = new Set(all.map(({ spec }) => spec.shape[0]));
    if (all.length === 0) throw fail(`expected an input with a batch, found none. ${known}.`);
    if (sizes.size > 1) {
      throw fail(
        `expected inputs with the same size along axis 0, found ${[...sizes].join(" and ")}. Name those that have ` +
          `the batch: dynamicBatch: { ${all[0]!.name}: 0 }. ${known}.`,
      );
    }
    return all;
  }
  return Object.entries(dynamicBatch).map(([name, axis]) => {
    const input = inputs.find((each) => each.name === name);
    if (!input) throw fail(`expected names of inputs in dynamicBatch, found "${name}". ${known}.`);
    const rank = input.spec.shape.length;
    const isAxis = Number.isInteger(axis) && axis >= -rank && axis < rank;
    if (!isAxis) throw fail(`expected an axis of "${name}", which has ${rank}, found ${String(axis)}.`);
    return { ...input, axis: axis < 0 ? axis + rank : axis };
  });
}

/** The arguments, with shapes in place of the tensors that have the batch. */
function withBatch(args: unknown[], batched: readonly Batched[], size: number): unknown[] {
  return batched.reduce<unknown[]>((changed, { path, spec, axis }) => {
    const shape = spec.shape.map((length, i) => (i === axis ? size : length));
    return replaced(changed, path, { shape, dtype: spec.dtype }) as unknown[];
  }, args);
}

/** A copy of `tree`, of arrays and plain objects, with something else at `path`. */
function replaced(tree: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value;
  if (Array.isArray(tree))
    return tree.map((child: unknown, i) => (i === key ? replaced(child, rest, value) : child));
  const record = tree as Record<string, unknown>;
  return { ...record, [key]: replaced(record[key], rest, value) };
}
