/** @file Layers in a row. */
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError } from "../errors.ts";
import { isPytree } from "../graph/kinds.ts";
import { Module } from "../module/module.ts";
import type { ForwardOptions } from "./options.ts";

/** What can stand in a {@link Sequential}: a Module with `forward`, or a function of tensors. */
export type Layer = (Module & { forward(...args: never[]): unknown }) | ((...args: never[]) => unknown);

/** Options for the layers: any of theirs, such as `{ rngs, deterministic: true }`. */
export type LayerOptions = ForwardOptions & Readonly<Record<string, unknown>>;

type OutputOf<L> = L extends { forward(...args: never[]): infer R }
  ? R
  : L extends (...args: never[]) => infer R
    ? R
    : tf.Tensor;

/** The result of the last layer; of none, the input. */
type LastOutput<L extends readonly Layer[]> = L extends readonly [...Layer[], infer Last]
  ? OutputOf<Last>
  : tf.Tensor;

/**
 * Applies its layers one after the other. `layers` keeps the type of each: `model.layers[2].deterministic`.
 *
 * An array that a layer returns becomes the positional arguments of the next. Options such as `{ rngs }` are
 * handed to Modules only; a plain function would take them for an argument. Without layers it returns its input.
 *
 * ```ts
 * new Sequential(new Linear(2, 4, { rngs }), relu, new Dropout(0.1)).forward(x, { rngs });
 * ```
 *
 * @see flax.nnx.Sequential
 */
export class Sequential<L extends readonly Layer[] = readonly Layer[]> extends Module {
  static override readonly name: string = "Sequential";
  readonly layers: { -readonly [K in keyof L]: L[K] };

  /** @throws InvalidArgumentError for a layer that is neither a Module with `forward` nor a function */
  constructor(...layers: L) {
    super();
    for (const [i, layer] of layers.entries()) {
      assertNoClass(layer, i);
      if (typeof layer === "function" || isCallable(layer)) continue;
      throw new InvalidArgumentError(
        Array.isArray(layer)
          ? "expected the layers one by one, got an array. Write new Sequential(...layers)."
          : `layers[${i}] is not callable: ${String(layer)}. Give a Module with forward, or a function of tensors.`,
        this,
      );
    }
    this.layers = [...layers] as { -readonly [K in keyof L]: L[K] };
  }

  /** One or several inputs, then options. */
  forward(...args: (tf.Tensor | LayerOptions | undefined)[]): LastOutput<L> {
    const options = args.length > 1 && !(args.at(-1) instanceof tf.Tensor) ? args.at(-1) : undefined;
    let values: unknown = options === undefined && args.at(-1) !== undefined ? [...args] : args.slice(0, -1);
    if (Array.isArray(values) && values.length === 1) values = values[0];
    for (const layer of this.layers as readonly Layer[]) values = call(layer, values, options);
    return values as LastOutput<L>;
  }
}

function isCallable(layer: unknown): boolean {
  return (
    typeof layer === "object" && layer !== null && "forward" in layer && typeof layer.forward === "function"
  );
}

function call(layer: Layer, values: unknown, options: unknown): unknown {
  // The types of what flows between layers are known to the caller only.
  const args = (Array.isArray(values) ? values : [values]) as never[];
  if (typeof layer === "function") return layer(...args);
  return options === undefined ? layer.forward(...args) : layer.forward(...args, options as never);
}

/** Checks that a layer is no class, which is a function, too. */
function assertNoClass(layer: unknown, index: number): void {
  if (typeof layer !== "function" || !isPytree(layer.prototype)) return;
  throw new InvalidArgumentError(
    `Sequential: layers[${index}] is the class ${layer.name}. Make one: new ${layer.name}(…, { rngs }).`,
  );
}
