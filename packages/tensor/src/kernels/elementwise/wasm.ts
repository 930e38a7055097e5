/** @file Elementwise kernels on wasm: a loop in JavaScript for small tensors, vector instructions for large ones. */
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { compose } from "../compose.ts";
import { hostKernelFunc, type HostKernel } from "../host.ts";
import { wasm } from "../hosts/wasm.ts";
import { kernelShapes, type KernelAttrs, type KernelInputs, type KernelName } from "../shapes.ts";

/** TensorFlow.js's kernels, without the operations around them. */
interface Arithmetic {
  readonly add: (a: tf.TensorInfo, b: tf.TensorInfo) => tf.TensorInfo;
  readonly subtract: (a: tf.TensorInfo, b: tf.TensorInfo) => tf.TensorInfo;
  readonly multiply: (a: tf.TensorInfo, b: tf.TensorInfo) => tf.TensorInfo;
  readonly divide: (a: tf.TensorInfo, b: tf.TensorInfo) => tf.TensorInfo;
  readonly sqrt: (x: tf.TensorInfo) => tf.TensorInfo;
  /** A float32 tensor `[]`. */
  readonly scalar: (value: number) => tf.TensorInfo;
}

/** The output of a kernel from those of other kernels. */
export type Composition<K extends KernelName> = (
  arithmetic: Arithmetic,
  inputs: KernelInputs<K, tf.TensorInfo>,
  attrs: KernelAttrs<K>,
) => tf.TensorInfo;

/** Measured: from here on several passes of vector instructions are faster than one of JavaScript's. */
const LARGE = 4096;

/** The kernel for the wasm backend. */
export function kernelOnWasm<K extends KernelName>(
  kernelName: K,
  onHost: HostKernel<K>,
  composition: Composition<K>,
): tf.KernelConfig {
  const small = hostKernelFunc(kernelName, onHost, wasm);
  return {
    kernelName,
    backendName: wasm.backendName,
    kernelFunc: (call) => {
      // The registry erases the types that `runKernel` was called with.
      const inputs = call.inputs as KernelInputs<K, tf.TensorInfo>;
      const attrs = call.attrs as unknown as KernelAttrs<K>;
      const [output] = kernelShapes[kernelName](inputs, attrs);
      if (tf.util.sizeFromShape([...output!.shape]) < LARGE) return small(call);
      return composeArithmetic(call.backend as BackendWasm, (arithmetic) =>
        composition(arithmetic, inputs, attrs),
      );
    },
  };
}

/** What `build` makes of the inputs by TensorFlow.js's kernels. */
function composeArithmetic(
  backend: BackendWasm,
  build: (arithmetic: Arithmetic) => tf.TensorInfo,
): tf.TensorInfo {
  return compose(backend, wasm.backendName, (run) =>
    build({
      add: (a, b) => run(tf.Add, { a, b }),
      subtract: (a, b) => run(tf.Sub, { a, b }),
      multiply: (a, b) => run(tf.Multiply, { a, b }),
      divide: (a, b) => run(tf.RealDiv, { a, b }),
      sqrt: (x) => run(tf.Sqrt, { x }),
      scalar: (value) => run(tf.Fill, {}, { shape: [], value, dtype: "float32" }),
    }),
  );
}
