/** @file The TensorFlow.js backend whose tensors have a shape and a dtype, but no values. */
import * as tf from "@tensorflow/tfjs-core";
import { AbstractValueError } from "./errors.ts";
import type { TensorSpec } from "../kernels/shapes.ts";
import type { ShapeRule, ShapeRuleAttrs, ShapeRuleInputs } from "./rule.ts";
import { shapeRuleNames, shapeRuleOf } from "./shape-rules.ts";
import { ValuelessBackend, ValuelessData } from "./valueless-backend.ts";

/** The name under which the abstract kernels are registered; the backend itself is not. */
export const ABSTRACT = "nnx-abstract";

/** The backend of `runAbstract`. */
export class AbstractBackend extends ValuelessBackend {
  /** A new tensor without values. */
  make({ shape, dtype }: TensorSpec): tf.TensorInfo {
    return { dataId: this.write(), shape: [...shape], dtype };
  }

  /** Takes no notice of the values that it is given. */
  override write(): tf.DataId {
    return new ValuelessData(this);
  }

  protected override readError(): Error {
    return new AbstractValueError();
  }
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
