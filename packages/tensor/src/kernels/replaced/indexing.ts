/** @file Kernels that read or write at indices: TensorFlow.js's throw, read zeros, or read and write outside. */
import * as tf from "@tensorflow/tfjs-core";
import { cpu } from "../hosts/cpu.ts";
import type { Host } from "../hosts/host.ts";
import { wasm } from "../hosts/wasm.ts";
import { onCpuOr, webgpu } from "../hosts/webgpu.ts";
import { bincountByScatter } from "../indexing/bincount.ts";
import { gatherNdOn, gatherOn } from "../indexing/gather-on-host.ts";
import { bincountOn, scatterNdOn, tensorScatterUpdateOn } from "../indexing/scatter-on-host.ts";
import { gatherNdOnWebGl, gatherOnWebGl, scatterOnWebGl, segmentSumOnWebGl } from "../indexing/webgl.ts";
import {
  gatherNdOnWebGpu,
  gatherOnWebGpu,
  scatterNdOnWebGpu,
  segmentSumOnWebGpu,
  tensorScatterUpdateOnWebGpu,
} from "../indexing/webgpu.ts";
import { unsortedSegmentSumOn } from "../unsorted-segment-sum/host.ts";
import type { ReplacedKernel } from "./replacement.ts";

/** cpu's TensorScatterUpdate also writes into its own input. */
export const cpuIndexing: readonly ReplacedKernel[] = onHost(cpu);

/** wasm's GatherV2 also takes the number of batches for that of the indices in one. */
export const wasmIndexing: readonly ReplacedKernel[] = onHost(wasm);

/** webgpu's read and write outside, and take int32 through float32. */
export const webGpuIndexing: readonly ReplacedKernel[] = [
  [tf.GatherV2, onCpuOr(gatherOn(webgpu), gatherOnWebGpu)],
  [tf.GatherNd, onCpuOr(gatherNdOn(webgpu), gatherNdOnWebGpu)],
  [tf.ScatterNd, onCpuOr(scatterNdOn(webgpu), scatterNdOnWebGpu)],
  [tf.TensorScatterUpdate, onCpuOr(tensorScatterUpdateOn(webgpu), tensorScatterUpdateOnWebGpu)],
  [tf.UnsortedSegmentSum, onCpuOr(unsortedSegmentSumOn(webgpu), segmentSumOnWebGpu)],
  [tf.Bincount, onCpuOr(bincountOn(webgpu, tf.Bincount), bincountByScatter(tf.Bincount))],
  [tf.DenseBincount, onCpuOr(bincountOn(webgpu, tf.DenseBincount), bincountByScatter(tf.DenseBincount))],
];

/** webgl's read zeros outside, flatten tuples that are outside to places inside, and round what they write. */
export const webGlIndexing: readonly ReplacedKernel[] = [
  [tf.GatherV2, () => gatherOnWebGl],
  [tf.GatherNd, () => gatherNdOnWebGl],
  [tf.ScatterNd, () => scatterOnWebGl],
  [tf.TensorScatterUpdate, () => scatterOnWebGl],
  [tf.UnsortedSegmentSum, segmentSumOnWebGl],
  [tf.Bincount, () => bincountByScatter(tf.Bincount)],
  [tf.DenseBincount, () => bincountByScatter(tf.DenseBincount)],
];

function onHost(host: Host): readonly ReplacedKernel[] {
  return [
    [tf.GatherV2, () => gatherOn(host)],
    [tf.GatherNd, () => gatherNdOn(host)],
    [tf.ScatterNd, () => scatterNdOn(host)],
    [tf.TensorScatterUpdate, () => tensorScatterUpdateOn(host)],
    [tf.Bincount, () => bincountOn(host, tf.Bincount)],
    [tf.DenseBincount, () => bincountOn(host, tf.DenseBincount)],
  ];
}
