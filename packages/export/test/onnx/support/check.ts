/** @file Exports a function and compares what the model gives with what the function gives. */
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { exportOnnx, type Exportable, type ExportOnnxOptions } from "@nnx-js/export";
import { record } from "../../../src/record/record.ts";
import { remember } from "./checker.ts";
import { difference, LEVELS, plain, type Plain, runModel, RUNTIMES } from "./sessions.ts";

/** Options of {@link expectSame}. */
export interface CheckOptions extends ExportOnnxOptions {
  readonly weights?: undefined;
  /** The largest difference, as a part of 1 where values are larger. Default 1e-5. */
  readonly tolerance?: number;
  /** Other arguments, of a batch of another size, for the same model. */
  readonly others?: readonly unknown[][];
  /** Remembers state, and gives what brings it back after each call. */
  readonly fresh?: () => () => void;
}

/** Tensors of arguments by the names that they get. */
async function inputsOf(fn: (...args: never[]) => unknown, args: unknown[]): Promise<Record<string, Plain>> {
  const recorded = record(fn as (...args: unknown[]) => unknown, args);
  try {
    const entries = recorded.parameters
      .filter(({ role }) => role === "input")
      .map(async ({ name, read }) => [name, await plain(read())] as const);
    return Object.fromEntries(await Promise.all(entries));
  } finally {
    recorded.dispose();
  }
}

/** The tensors of a result in the order of the model's outputs. */
function tensorsOf(result: unknown): tf.Tensor[] {
  if (result instanceof tf.Tensor) return [result];
  if (typeof result !== "object" || result === null) return [];
  return Object.values(result).flatMap(tensorsOf);
}

/** Exports `fn`, runs the model at each level, and compares its first outputs with what `fn` returns. Gives the model. */
export async function expectSame<Args extends unknown[]>(
  fn: (...args: Args) => unknown,
  args: NoInfer<Args>,
  { tolerance = 1e-5, others = [], fresh, ...options }: CheckOptions = {},
): Promise<Uint8Array> {
  const model = await exportOnnx(fn as Exportable<Args>, args, options);
  remember(model);
  for (const given of [args, ...(others as Args[])]) {
    const restore = fresh?.();
    const expected = tensorsOf(fn(...given)).map(plain);
    restore?.();
    const inputs = await inputsOf(fn, given);
    for (const [runtime, level] of Object.keys(RUNTIMES).flatMap((name) =>
      LEVELS.map((each) => [name, each] as const),
    )) {
      const outputs = Object.values(await runModel(model, inputs, level, RUNTIMES[runtime]!));
      for (const [i, each] of (await Promise.all(expected)).entries()) {
        const found = outputs[i]!;
        const place = `${runtime}, ${level}, output ${i}`;
        expect(found.shape, place).toEqual(each.shape);
        expect(found.dtype, place).toBe(each.dtype);
        expect(difference(found, each), place).toBeLessThanOrEqual(tolerance);
      }
    }
  }
  return model;
}
