/** @file The TensorFlow.js backend whose tensors have a shape and a dtype, but no values. */
import * as tf from "@tensorflow/tfjs-core";
import { AbstractValueError } from "./errors.ts";
import type { TensorSpec } from "../kernels/shapes.ts";
import type { ShapeRule, ShapeRuleAttrs, ShapeRuleInputs } from "./rule.ts";
import { shapeRuleNames, shapeRuleOf } from "./shape-rules.ts";

/** The name under which the abstract kernels are registered; the backend itself is not. */
export const ABSTRACT = "nnx-abstract";

/** Holds references to tensors that have no values. */
export class AbstractBackend extends tf.KernelBackend {
  readonly #references = new WeakMap<tf.DataId, number>();

  /** Whether the data is, or was before it was disposed of, one of this backend's. */
  owns(dataId: tf.DataId | undefined): boolean {
    return dataId !== undefined && this.#references.has(dataId);
  }

  /** A new tensor without values. */
  make({ shape, dtype }: TensorSpec): tf.TensorInfo {
    return { dataId: this.write(), shape: [...shape], dtype };
  }

  /** Takes no notice of the values that it is given. */
  override write(): tf.DataId {
    const dataId = {};
    this.#references.set(dataId, 1);
    return dataId;
  }

  override refCount(dataId: tf.DataId): number {
    return this.#references.get(dataId) ?? 0;
  }

  override incRef(dataId: tf.DataId): void {
    if (this.owns(dataId)) this.#references.set(dataId, this.refCount(dataId) + 1);
    // A tf.Variable made here of a tensor that exists elsewhere.
    else tf.engine().state.tensorInfo.get(dataId)?.backend.incRef(dataId);
  }

  override disposeData(dataId: tf.DataId, force = false): boolean {
    const references = force ? 0 : Math.max(0, this.refCount(dataId) - 1);
    this.#references.set(dataId, references);
    return references === 0;
  }

  /** None: TensorFlow.js's leak check has nothing to find here. */
  override numDataIds(): number {
    return 0;
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: false };
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }

  override timerAvailable(): boolean {
    return false;
  }

  override readSync(): never {
    throw new AbstractValueError();
  }

  override read(): Promise<never> {
    return Promise.reject(new AbstractValueError());
  }

  override readToGPU(): never {
    throw new AbstractValueError();
  }

  override dispose(): void {}
}

const registered = new Set<string>();

/** Registers a kernel for each shape rule that has none yet. */
export function registerAbstractKernels(): void {
  const names = shapeRuleNames();
  // Rules are added, never removed.
  if (names.length === registered.size) return;
  for (const kernelName of names) {
    if (registered.has(kernelName)) continue;
    registered.add(kernelName);
    tf.registerKernel({
      kernelName,
      backendName: ABSTRACT,
      kernelFunc: ({ inputs, attrs, backend }) =>
        // The engine hands over its active backend, and calls kernels of this name only while it is this one.
        infer(kernelName, backend as AbstractBackend, inputs, attrs),
    });
  }
}

function infer(
  kernelName: string,
  backend: AbstractBackend,
  inputs: ShapeRuleInputs,
  attrs: ShapeRuleAttrs | undefined,
): tf.TensorInfo | tf.TensorInfo[] {
  // Looked up at each call: a rule may have been replaced. Only kernels with a rule are registered.
  const rule = shapeRuleOf(kernelName) as ShapeRule;
  const outputs = rule(inputs, attrs ?? {});
  return "shape" in outputs ? backend.make(outputs) : outputs.map((spec) => backend.make(spec));
}
