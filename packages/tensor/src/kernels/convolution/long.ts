/** @file Convolutions whose windows have so many terms that float32 loses digits when it adds them one after the other. */
import * as tf from "@tensorflow/tfjs-core";
import { axesOf, type ConvolutionAttrs } from "../../convolution/window-axes.ts";
import { apart, compose, type RunKernel } from "../compose.ts";
import type { Host } from "../hosts/host.ts";
import type { KernelCall, Replacement } from "../replaced/replacement.ts";
import { isLong } from "../sums/long.ts";
import { copyPatches } from "./patches.ts";

/** The most elements that windows take side by side: 64 MB. */
const MOST_PATCHES = 2 ** 24;

/** Whether all inputs are float32, and each element of the output adds up many terms. */
export function isLongConvolution({ inputs }: KernelCall, terms: (filter: number[]) => number): boolean {
  const filter = inputs["filter"] as tf.TensorInfo;
  const operands = Object.values<tf.TensorInfo | undefined>(inputs);
  const areFloats = operands.every((input) => !input || input.dtype === "float32");
  return areFloats && isLong(terms(filter.shape));
}

/** The terms of a window of a filter `[...size, in, out]`. */
export function termsOf(filterShape: number[]): number {
  return tf.util.sizeFromShape(filterShape.slice(0, -1));
}

/** Conv2D and Conv3D: long ones as matrix products, which keep the digits of long sums, of the windows side by side. */
export const convolutionIfLong =
  (host: Host): Replacement =>
  (original) =>
  (call) =>
    isLongConvolution(call, termsOf)
      ? compose(call.backend as tf.KernelBackend, host.backendName, (run) => {
          // The registry erases the types that `runKernel` was called with.
          const { x, filter } = call.inputs as { x: tf.TensorInfo; filter: tf.TensorInfo };
          return convolveLong(run, host, x, filter, call.attrs as unknown as ConvolutionAttrs);
        })
      : original(call);

function convolveLong(
  run: RunKernel,
  host: Host,
  x: tf.TensorInfo,
  filter: tf.TensorInfo,
  attrs: ConvolutionAttrs,
): tf.TensorInfo {
  if (attrs.dataFormat === "NCHW") {
    const last = run(tf.Transpose, { x }, { perm: [0, 2, 3, 1] });
    const y = convolveLong(run, host, last, filter, channelsLast(attrs));
    return run(tf.Transpose, { x: y }, { perm: [0, 3, 1, 2] });
  }
  const axes = axesOf(x.shape, filter.shape, attrs);
  const terms = termsOf(filter.shape);
  const [batch = 1, channels = 1, outputs = 1] = [x.shape[0], ...filter.shape.slice(-2)];
  const windows = axes.reduce((count, { output }) => count * output, batch);
  const shape = [batch, ...axes.map(({ output }) => output), outputs];
  if (windows * outputs === 0) return run(tf.Fill, {}, { shape, value: 0, dtype: "float32" });
  const b = run(tf.Reshape, { x: filter }, { shape: [terms, outputs] });
  const most = Math.max(1, Math.floor(MOST_PATCHES / terms));
  const parts: tf.TensorInfo[] = [];
  for (let first = 0; first < windows; first += most) {
    const count = Math.min(most, windows - first);
    const patches: tf.KernelFunc = ({ backend }) => {
      const [info, output] = host.make(backend, { shape: [count, terms], dtype: "float32" });
      copyPatches(output, host.read(backend, x, tf.Conv2D), channels, axes, first);
      return info;
    };
    const product = apart(run, host.backendName, (run) =>
      run(
        tf.BatchMatMul,
        { a: run("Patches", {}, {}, patches), b },
        { transposeA: false, transposeB: false },
      ),
    );
    parts.push(product);
  }
  const y = parts.length === 1 ? parts[0]! : run(tf.Concat, listOf(parts), { axis: 0 });
  return run(tf.Reshape, { x: y }, { shape });
}

function channelsLast({ pad, ...attrs }: ConvolutionAttrs): ConvolutionAttrs {
  const sides = Array.isArray(pad) ? ([pad[0], pad[2], pad[3], pad[1]] as typeof pad) : pad;
  return { ...attrs, pad: sides, dataFormat: "NHWC" };
}

/** Concat takes a list, though kernels are typed to have names for their inputs. */
function listOf(tensors: tf.TensorInfo[]): tf.NamedTensorInfoMap {
  return tensors as unknown as tf.NamedTensorInfoMap;
}
