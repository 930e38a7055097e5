/** @file Runs models in ONNX Runtime, in Node's and the web's, with optimisation and without. */
import type { Dtype } from "@nnx-js/jit/graph";
import * as tf from "@tensorflow/tfjs-core";
import * as node from "onnxruntime-node";
import * as web from "onnxruntime-web";

/** The levels of optimisation that every model is run at. */
export const LEVELS = ["disabled", "all"] as const;

const TYPES = { float32: "float32", int32: "int32", bool: "bool" } as const;

/** A tensor's elements, shape and dtype. */
export interface Plain {
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  readonly values: Float32Array | Int32Array | Uint8Array;
}

/** A tensor as ONNX Runtime takes it. */
export async function plain(tensor: tf.Tensor): Promise<Plain> {
  const read = await tensor.data();
  // Backends keep some integers as other numbers.
  const Kind = tensor.dtype === "float32" ? Float32Array : tensor.dtype === "int32" ? Int32Array : Uint8Array;
  return { shape: tensor.shape, dtype: tensor.dtype as Dtype, values: Kind.from(read as Float32Array) };
}

// One thread: more would be workers, in which every import of the tests runs again.
web.env.wasm.numThreads = 1;

/** The runtimes that every model is run in; their types are those of one interface. */
export const RUNTIMES: Readonly<Record<string, Module>> = { node, web: web };

type Module = Pick<typeof node, "InferenceSession" | "Tensor">;

/** What a model gives for these inputs, by the names of its outputs. */
export async function runModel(
  model: Uint8Array,
  inputs: Readonly<Record<string, Plain>>,
  level: (typeof LEVELS)[number],
  runtime: Module,
): Promise<Record<string, Plain>> {
  const session = await runtime.InferenceSession.create(model, {
    graphOptimizationLevel: level,
    logSeverityLevel: 3,
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
  });
  try {
    const feeds = Object.fromEntries(
      session.inputNames.flatMap((name) => {
        const input = inputs[name];
        return input
          ? [[name, new runtime.Tensor(TYPES[input.dtype], input.values as never, input.shape)]]
          : [];
      }),
    );
    const results = await session.run(feeds);
    return Object.fromEntries(
      Object.entries(results).map(([name, tensor]) => [
        name,
        { shape: tensor.dims, dtype: tensor.type as Dtype, values: tensor.data as Plain["values"] },
      ]),
    );
  } finally {
    await session.release();
  }
}

/** The largest difference of two tensors, as a part of 1 where values are larger; NaN and infinities must agree. */
export function difference(a: Plain, b: Plain): number {
  if (a.shape.join() !== b.shape.join() || a.dtype !== b.dtype) return Infinity;
  let largest = 0;
  for (let i = 0; i < a.values.length; i++) {
    const [x, y] = [a.values[i]!, b.values[i]!];
    if (Object.is(x, y) || x === y) continue;
    const apart = Math.abs(x - y) / Math.max(1, Math.abs(y));
    largest = Math.max(largest, Number.isNaN(apart) ? Infinity : apart);
  }
  return largest;
}
