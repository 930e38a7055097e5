/** @file A traced function and the program that runs it: one entry of the cache. */
import type { Variable, VariableMetadata } from "@nnx-js/nn";
import type * as tf from "@tensorflow/tfjs-core";
import type { Traced } from "../capture/trace.ts";
import { isSameShape } from "@nnx-js/nn/trace";
import type { Holdings } from "../memory/holdings.ts";
import { applyEffects } from "../tree/effects.ts";
import { carryOut } from "../tree/result.ts";
import type { WeakKey } from "../tree/weak-key.ts";
import type { Program, Target } from "../targets/target.ts";
import type { Binding } from "./binding.ts";
import type { Compiled } from "./compile.ts";
import type { Origins } from "./origins.ts";

/** What a function does for arguments of one structure, on one backend. */
export class Executable {
  readonly key: WeakKey;
  readonly backendName: string;
  readonly traced: Traced;
  readonly program: Program;
  readonly target: Target;
  readonly origins: Origins;
  readonly holdings: Holdings;
  /** Variables that the function reaches by itself, with the shapes that it was traced with. */
  readonly #captured: readonly {
    variable: Variable | tf.Variable;
    shape: readonly number[];
    dtype: string;
    metadata: VariableMetadata | undefined;
  }[];

  constructor(key: WeakKey, backendName: string, origins: Origins, { traced, program, target }: Compiled) {
    this.key = key;
    this.origins = origins;
    this.backendName = backendName;
    this.traced = traced;
    this.program = program;
    this.target = target;
    this.holdings = program.holdings;
    for (const source of traced.sources) if (source.kind === "captured") this.holdings.adopt(source.tensor);
    for (const part of key.objects()) this.holdings.dieWith(part);
    this.#captured = traced.sources.flatMap((source, i) => {
      if (!("holder" in source) || typeof source.holder === "number") return [];
      const { shape, dtype } = traced.graph.parameters[i]!;
      return [{ variable: source.holder, shape, dtype, metadata: metadataOf(source.holder) }];
    });
  }

  /** Whether captured Variables still have the shape, the dtype and the metadata of the trace. */
  suitsCaptured(): boolean {
    for (const { variable, shape, dtype, metadata } of this.#captured) {
      if (variable.dtype !== dtype || !isSameShape(variable.shape, shape)) return false;
      if (metadataOf(variable) !== metadata) return false;
    }
    return true;
  }

  /** Whether one of `objects` is a Variable that it reaches by itself: the two would be taken for different ones. */
  captures(objects: readonly object[]): boolean {
    return this.#captured.some(({ variable }) => objects.includes(variable));
  }

  /** Whether what it holds was given back: it cannot run any more. */
  get isDisposed(): boolean {
    return this.holdings.isDisposed;
  }

  /** One call. */
  run(binding: Binding): unknown {
    this.holdings.touch();
    const outputs = this.program.run(binding);
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
