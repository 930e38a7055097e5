/** @file Recordings of a function with several batches. */
import { ExportArgumentError } from "../errors.ts";
import { record, type Recorded, type RecordedParameter, type RecordOptions } from "../record/record.ts";
import type { ExportOnnxOptions } from "./options.ts";
import type { Recordings } from "./symbolic/unify.ts";

/** Sizes of batches that sizes of models seldom are. A third shows what grows otherwise than in a line. */
const SIZES = [11, 13, 17] as const;

type Fn = (...args: unknown[]) => unknown;

/** An axis of an input that is the batch. */
interface Batched {
  readonly parameter: RecordedParameter;
  readonly axis: number;
}

/**
 * Records `fn` for batches of several sizes, or once for that of `args`.
 *
 * @returns also the first input that has the batch, and the axis
 */
export function recordBatches(
  caller: string,
  fn: Fn,
  args: unknown[],
  dynamicBatch: ExportOnnxOptions["dynamicBatch"],
  options: RecordOptions,
): Recordings & { readonly batched: Batched | undefined; dispose(): void } {
  const first = record(fn, args, options);
  const batched = batchedInputs(caller, first, dynamicBatch);
  if (batched.length === 0) {
    return { caller, sizes: [1], recorded: [first], batched: undefined, dispose: () => first.dispose() };
  }
  first.dispose();
  const recorded: Recorded[] = [];
  const dispose = () => recorded.forEach((each) => each.dispose());
  try {
    for (const size of SIZES) recorded.push(record(fn, withBatch(args, batched, size), options));
  } catch (error) {
    dispose();
    throw error;
  }
  return {
    caller,
    sizes: SIZES,
    recorded: recorded as [Recorded, ...Recorded[]],
    batched: batched[0],
    dispose,
  };
}

function batchedInputs(
  caller: string,
  recorded: Recorded,
  dynamicBatch: ExportOnnxOptions["dynamicBatch"],
): Batched[] {
  if (dynamicBatch === undefined || dynamicBatch === false) return [];
  const inputs = recorded.parameters.filter(({ role }) => role === "input");
  const fail = (text: string) => {
    recorded.dispose();
    return new ExportArgumentError(`${caller}: ${text}`);
  };
  const known = `The inputs are ${inputs.map(({ name }) => name).join(", ") || "none"}`;
  if (dynamicBatch === true) {
    const all = inputs.flatMap((parameter) =>
      parameter.value.shape.length > 0 ? { parameter, axis: 0 } : [],
    );
    const sizes = new Set(all.map(({ parameter }) => parameter.value.shape[0]));
    if (all.length === 0) throw fail(`expected an input with a batch, found none. ${known}.`);
    if (sizes.size > 1) {
      throw fail(
        `expected inputs with the same size along axis 0, found ${[...sizes].join(" and ")}. Name those that have ` +
          `the batch: dynamicBatch: { ${all[0]!.parameter.name}: 0 }. ${known}.`,
      );
    }
    return all;
  }
  return Object.entries(dynamicBatch).map(([name, axis]) => {
    const parameter = inputs.find((input) => input.name === name);
    if (!parameter) throw fail(`expected names of inputs in dynamicBatch, found "${name}". ${known}.`);
    const rank = parameter.value.shape.length;
    const isAxis = Number.isInteger(axis) && axis >= -rank && axis < rank;
    if (!isAxis) throw fail(`expected an axis of "${name}", which has ${rank}, found ${String(axis)}.`);
    return { parameter, axis: axis < 0 ? axis + rank : axis };
  });
}

/** The arguments, with shapes in place of the tensors that have the batch. */
function withBatch(args: unknown[], batched: readonly Batched[], size: number): unknown[] {
  return batched.reduce<unknown[]>((changed, { parameter, axis }) => {
    const { shape, dtype } = parameter.value;
    const spec = { shape: shape.map((length, i) => (i === axis ? size : length)), dtype };
    return replaced(changed, [parameter.argument!, ...parameter.path], spec) as unknown[];
  }, args);
}

/** A copy of `tree` with something else at `path`. */
function replaced(tree: unknown, [key, ...rest]: readonly (string | number)[], value: unknown): unknown {
  if (key === undefined) return value;
  if (Array.isArray(tree))
    return tree.map((child: unknown, i) => (i === key ? replaced(child, rest, value) : child));
  const isPlain = [Object.prototype, null].includes(Object.getPrototypeOf(tree) as object | null);
  if (!isPlain) {
    throw new ExportArgumentError(
      `exportOnnx: expected inputs with a batch in arrays and plain objects, found one in another object, under ` +
        `"${key}". Pass it as an argument of its own.`,
    );
  }
  const record = tree as Record<string, unknown>;
  return { ...record, [key]: replaced(record[key], rest, value) };
}
