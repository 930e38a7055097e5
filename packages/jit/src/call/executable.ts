/** @file A traced function and the target that runs it: one entry of the cache. */
import type { Variable, VariableMetadata } from "@nnx-js/nn";
import type * as tf from "@tensorflow/tfjs-core";
import type { Traced } from "../capture/trace.ts";
import { isSameShape } from "../graph/same-shape.ts";
import type { Holdings } from "../memory/holdings.ts";
import { applyEffects } from "../tree/effects.ts";
import { carryOut } from "../tree/result.ts";
import type { WeakKey } from "../tree/weak-key.ts";
import type { Binding } from "./binding.ts";
import type { Origins } from "./origins.ts";

/** What runs a graph. */
export interface Target {
  /** The name of the target, such as `"kernels"`. */
  readonly name: string;
  /**
   * Computes the outputs for the arguments of `binding`, and writes Variables. Outputs that are results are tensors
   * of the active scope; nothing is written when it throws.
   */
  run(binding: Binding): readonly tf.Tensor[];
  /** What it does, as text; empty if there is nothing to add to the graph. */
  describe(): string;
  /** All that it takes beside JavaScript's memory; it cannot run after that was disposed of. */
  readonly holdings: Holdings;
}

/** What a function does for arguments of one structure, on one backend. */
export class Executable {
  readonly key: WeakKey;
  readonly backendName: string;
  readonly traced: Traced;
  readonly target: Target;
  readonly origins: Origins;
  readonly holdings: Holdings;
  /** Variables that the function reaches by itself, with the shapes that it was traced with. */
  private readonly captured: readonly {
    variable: Variable | tf.Variable;
    shape: readonly number[];
    dtype: string;
    metadata: VariableMetadata | undefined;
  }[];

  constructor(key: WeakKey, backendName: string, origins: Origins, traced: Traced, target: Target) {
    this.key = key;
    this.origins = origins;
    this.backendName = backendName;
    this.traced = traced;
    this.target = target;
    this.holdings = target.holdings;
    for (const source of traced.sources) if (source.kind === "captured") this.holdings.adopt(source.tensor);
    for (const part of key.objects()) this.holdings.dieWith(part);
    this.captured = traced.sources.flatMap((source, i) => {
      if (!("holder" in source) || typeof source.holder === "number") return [];
      const { shape, dtype } = traced.graph.parameters[i]!;
      return [{ variable: source.holder, shape, dtype, metadata: metadataOf(source.holder) }];
    });
  }

  /** Whether captured Variables still have the shape, the dtype and the metadata of the trace. */
  suitsCaptured(): boolean {
    for (const { variable, shape, dtype, metadata } of this.captured) {
      if (variable.dtype !== dtype || !isSameShape(variable.shape, shape)) return false;
      if (metadataOf(variable) !== metadata) return false;
    }
    return true;
  }

  /** Whether one of `objects` is a Variable that it reaches by itself: the two would be taken for different ones. */
  captures(objects: readonly object[]): boolean {
    return this.captured.some(({ variable }) => objects.includes(variable));
  }

  /** Whether what it holds was given back: it cannot run any more. */
  get isDisposed(): boolean {
    return this.holdings.isDisposed;
  }

  /** One call. */
  run(binding: Binding): unknown {
    this.holdings.touch();
    const outputs = this.target.run(binding);
    applyEffects(this.traced.effects, outputs, binding.objects);
    const result = carryOut(this.traced.result, outputs, binding.objects);
    binding.release();
    return result;
  }
}

/** What decides whether a Variable is trained: a change is another object. */
function metadataOf(variable: Variable | tf.Variable): VariableMetadata | undefined {
  return "metadata" in variable ? variable.metadata : undefined;
}
