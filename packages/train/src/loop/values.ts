/** @file What a step gives: scalars by name. */
import { InvalidArgumentError } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { isPromise } from "../data/awaitable.ts";
import { found } from "../check.ts";
import { describe } from "../data/collate.ts";

/** One figure of a step. */
type Scalar = tf.Tensor | number;

/** What a step may give: the loss, figures by name, or nothing. Tensors are scalars, and become the loop's. */
// oxlint-disable-next-line typescript/no-invalid-void-type -- functions without a result return it
export type StepValues = Scalar | { readonly [name: string]: Scalar } | void | undefined;

/** The figures of events, from what a step gives: a single one is the `loss`. */
export type MetricsOf<Values> = [Values] extends [Scalar]
  ? { readonly loss: number }
  : [Values] extends [object]
    ? { readonly [Name in keyof Values]: number }
    : Readonly<Record<string, never>>;

/** What an evaluation tells: what it gave, with scalar tensors as numbers. */
export type EvaluationOf<Values> = {
  readonly [Name in keyof Values]: Values[Name] extends tf.Tensor ? number : Values[Name];
};

/** The figures of a step by name. @throws InvalidArgumentError for what is no scalar */
export function figuresOf(values: unknown): readonly (readonly [string, Scalar])[] {
  if (values === undefined) return NONE;
  if (isScalar(values)) return [["loss", checked("loss", values)]];
  if (isPromise(values)) {
    throw new InvalidArgumentError(
      "train: step: expected figures, got a promise. A step waits for nothing: what comes before it is done in the data, " +
        "by map or mapBatch, and what comes after it by a handler, on: { log }.",
    );
  }
  if (typeof values !== "object" || values === null || Array.isArray(values)) {
    throw new InvalidArgumentError(
      `train: step: expected the loss, figures by name or nothing, got ${found(values)}. Write step: (batch) => ({ loss }).`,
    );
  }
  return Object.entries(values).map(([name, value]) => [name, checked(name, value)] as const);
}

const NONE: readonly [] = [];

function isScalar(value: unknown): value is Scalar {
  return typeof value === "number" || value instanceof tf.Tensor;
}

function checked(name: string, value: unknown): Scalar {
  if (typeof value === "number" || (value instanceof tf.Tensor && value.size === 1)) return value;
  const repair = value instanceof tf.Tensor ? ` Write ${name}: tf.mean(${name}).` : "";
  throw new InvalidArgumentError(
    `train: step: expected a scalar for ${name}, got ${describe(value)}.${repair}`,
  );
}
