/** @file `sow` and `perturb`: how a recording takes the values of its module. */
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError, ShapeMismatchError } from "../errors.ts";
import { mapLeaves } from "../graph/map-leaves.ts";
import type { SowOptions, VariableClass } from "./recorder.ts";

/** Where values are kept, by type and name. */
export interface Records {
  readonly values: ReadonlyMap<VariableClass, ReadonlyMap<string, unknown>>;
  set(type: VariableClass, name: string, value: unknown): void;
}

/** See `Module#sow`. */
export function sow<Value, Sum>(
  records: Records,
  module: object,
  type: VariableClass,
  name: string,
  value: Value,
  { reduceFn, initFn }: SowOptions<Value, Sum>,
): boolean {
  assertSowable(value, name, module);
  const values = records.values.get(type)!;
  // Without the functions, sums are arrays; with them, the type parameter says what they are.
  const append = (sum: Sum, next: Value) => [...(sum as readonly unknown[]), next];
  const sum = (values.has(name) ? values.get(name) : (initFn?.() ?? [])) as Sum;
  const next = (reduceFn ?? append)(sum, value);
  assertSowable(next, name, module);
  records.set(type, name, next);
  return true;
}

/** See `Module#perturb`. */
export function perturb<T extends tf.Tensor>(
  records: Records,
  module: object,
  type: VariableClass,
  name: string,
  value: T,
): T {
  const values = records.values.get(type)!;
  if (!values.has(name)) records.set(type, name, tf.zerosLike(value));
  const perturbation = values.get(name);
  if (!(perturbation instanceof tf.Tensor) || perturbation.shape.join() !== value.shape.join()) {
    const found = perturbation instanceof tf.Tensor ? `shape [${perturbation.shape.join(", ")}]` : "several";
    throw new ShapeMismatchError(
      `perturb("${name}"): expected a perturbation of shape [${value.shape.join(", ")}], got ${found}. Make new ones ` +
        `with inputs of this shape: const [, perturbations] = capture(model, Perturbation)(x).`,
      module,
    );
  }
  return tf.add<T>(value, perturbation);
}

function assertSowable(value: unknown, name: string, module: object): void {
  mapLeaves(value, (leaf) => {
    if (leaf instanceof tf.Tensor || typeof leaf === "number") return;
    throw new InvalidArgumentError(
      `sow("${name}"): expected a tensor, a number, or arrays, Maps and plain objects of those, got ` +
        `${leaf === null ? "null" : typeof leaf}. Convert it first: tf.tensor(…).`,
      module,
    );
  });
}
