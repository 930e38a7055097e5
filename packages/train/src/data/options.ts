/** @file What a loader is told, and what it is checked for where there are no types. */
import { InvalidArgumentError, Rngs } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { checkCount, checkFlag, checkFunction, checkNames, found } from "../check.ts";
import type { MapInfo } from "./pass.ts";
import type { Dtypes, Masked } from "./types.ts";

/** Options of `loader`. */
export interface LoaderOptions<Example, Mapped, Collated, Batch, Drop extends boolean> {
  /** Examples in a batch; every batch has so many. */
  readonly batchSize: number;
  /**
   * Mixes each pass anew: the order of pass `i` follows from one key that is drawn here and now, from the stream `shuffle`
   * or the default one, and from `i`. As the source has them unless given.
   */
  readonly shuffle?: Rngs | undefined;
  /** How many examples of an iterable are held back to mix them; 1024 unless given. All others are mixed as a whole. */
  readonly shuffleBuffer?: number | undefined;
  /**
   * What becomes of examples at the end of a pass that do not fill a batch. `true` leaves them out; `false`, the default,
   * fills up with examples that are in the batch already, and each batch has a `mask` that tells them.
   */
  readonly dropLast?: Drop | undefined;
  /** Passes in all, those before a resume included. Unless given, each `for await` is one pass. */
  readonly epochs?: number | undefined;
  /** Batches that are made while a step runs: 2 where something is waited for, maps and iterables, otherwise 0. */
  readonly prefetch?: number | undefined;
  /** Changes each example, before they are put together; may be asynchronous. The order stays. */
  readonly map?: ((example: Example, info: MapInfo) => Mapped | Promise<Mapped>) | undefined;
  /** How many examples an asynchronous `map` works on at a time; 8 unless given. */
  readonly concurrency?: number | undefined;
  /** Puts examples together; part by part, as `BatchOf` tells, unless given. Its tensors become the loader's. */
  readonly collate?: ((examples: Mapped[]) => Collated | Promise<Collated>) | undefined;
  /**
   * The dtype that numbers of examples become: `"int32"`, or by name, `{ label: "int32" }`. A number that it cannot hold
   * is an error.
   */
  readonly dtype?: Dtypes<Mapped> | undefined;
  /** Changes each batch; may be asynchronous. Its tensors become the loader's. */
  readonly mapBatch?:
    ((batch: WithMask<Collated, Drop>, info: MapInfo) => Batch | Promise<Batch>) | undefined;
  /** What the random numbers of maps follow from, as `shuffle` does; `shuffle` unless given. */
  readonly rngs?: Rngs | undefined;
}

/** A batch, with its mask unless the last one is dropped. */
export type WithMask<Batch, Drop extends boolean> = Drop extends true ? Batch : Masked<Batch>;

/** Options whose types nobody knows. */
export type AnyLoaderOptions = LoaderOptions<unknown, unknown, unknown, unknown, boolean>;

const NAMES = [
  "batchSize",
  "shuffle",
  "shuffleBuffer",
  "dropLast",
  "epochs",
  "prefetch",
  "map",
  "concurrency",
  "collate",
  "dtype",
  "mapBatch",
  "rngs",
] as const satisfies (keyof AnyLoaderOptions)[];

/** @throws InvalidArgumentError naming what is not as the types have it */
export function checkLoaderOptions(options: unknown): asserts options is AnyLoaderOptions {
  checkNames("loader", options, NAMES, "loader(source, { batchSize: 32 })");
  const given = options as Record<(typeof NAMES)[number], unknown>;
  checkCount("loader", "batchSize", given.batchSize, 1, { isRequired: true });
  checkCount("loader", "shuffleBuffer", given.shuffleBuffer, 1);
  checkCount("loader", "concurrency", given.concurrency, 1);
  checkCount("loader", "prefetch", given.prefetch, 0);
  if (given.epochs !== Infinity) checkCount("loader", "epochs", given.epochs, 1);
  for (const name of ["map", "collate", "mapBatch"] as const) checkFunction("loader", name, given[name]);
  for (const name of ["shuffle", "rngs"] as const) {
    if (given[name] === undefined || given[name] instanceof Rngs) continue;
    throw new InvalidArgumentError(
      `loader: ${name}: expected Rngs, got ${found(given[name])}. Write { ${name}: new Rngs(0) }, or leave it out.`,
    );
  }
  checkFlag("loader", "dropLast", given.dropLast);
  checkDtype(given.dtype);
}

function checkDtype(dtype: unknown): void {
  if (dtype === undefined || dtype === "float32" || dtype === "int32" || dtype === "bool") return;
  if (typeof dtype === "object" && dtype !== null && !(dtype instanceof tf.Tensor)) {
    for (const value of Object.values(dtype)) checkDtype(value);
    return;
  }
  throw new InvalidArgumentError(
    `loader: dtype: expected "float32", "int32" or "bool", for all or by name, got ${found(dtype)}. Write ` +
      `{ dtype: { label: "int32" } }.`,
  );
}
