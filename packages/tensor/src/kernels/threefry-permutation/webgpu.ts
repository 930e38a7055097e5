/** @file ThreefryPermutation in WGSL: a stable merge sort that reads nothing back. */
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { THREEFRY_WGSL } from "../threefry/threefry.wgsl.ts";
import { launch } from "../webgpu/launch.ts";
import { webGpuKernel } from "../webgpu/kernel.ts";
import { shuffleRounds } from "./rounds.ts";

export const permutationOnWebGpu = webGpuKernel("ThreefryPermutation", (backend, { key, x }, { n }) => {
  if (n === 0) return backend.makeTensorInfo([0], x?.dtype ?? "int32", new Int32Array(0));
  const rounds = shuffleRounds(n);
  let order = rounds === 0 ? backend.makeTensorInfo([n], "int32", new Int32Array(n)) : undefined;
  for (let round = 0; round < rounds; round++) {
    const places = sortedPlaces(backend, key, round, n);
    if (order) order = consume(backend, [order, places], gather(backend, order, places));
    else order = places;
  }
  // A permutation of more than no elements has rounds, or is the one above.
  if (!order) throw new Error("internal: a permutation without an order");
  return x ? consume(backend, [order], gather(backend, x, order)) : order;
});

/** Length of the runs that one pass sorts by counting. */
const RUN = 64;

/** The places 0 to n - 1, sorted by the random words that belong to them; equal words keep their order. */
function sortedPlaces(backend: WebGPUBackend, key: TensorInfo, round: number, n: number): TensorInfo {
  const words = roundWords(backend, key, round, n);
  let order = sortRuns(backend, words, n);
  for (let width = RUN; width < n; width *= 2) {
    order = consume(backend, [order], mergeRuns(backend, words, order, width, n));
  }
  return consume(backend, [words], order);
}

function consume(backend: WebGPUBackend, used: TensorInfo[], output: TensorInfo): TensorInfo {
  for (const { dataId } of used) backend.disposeData(dataId);
  return output;
}

function roundWords(backend: WebGPUBackend, key: TensorInfo, round: number, n: number): TensorInfo {
  return launch(backend, {
    name: "permutation_words",
    library: THREEFRY_WGSL,
    body: `
      var k = words(key[0], key[1]);
      for (var round = 0; round < uniforms.round; round++) { k = threefry(k, vec2<u32>(0u, 0u)); }
      result[index] = bitcast<i32>(randomBits(threefry(k, vec2<u32>(0u, 1u)), index));
    `,
    inputs: { key },
    uniforms: { round: { type: "i32", data: round } },
    output: { shape: [n], dtype: "int32" },
  });
}

function sortRuns(backend: WebGPUBackend, randomWords: TensorInfo, n: number): TensorInfo {
  return launch(backend, {
    name: "permutation_sort_runs",
    body: `
      let start = index - index % ${RUN};
      let own = bitcast<u32>(randomWords[index]);
      var rank = 0;
      for (var i = start; i < min(start + ${RUN}, uniforms.size); i++) {
        let other = bitcast<u32>(randomWords[i]);
        if (other < own || (other == own && i < index)) { rank++; }
      }
      result[start + rank] = index;
    `,
    inputs: { randomWords },
    output: { shape: [n], dtype: "int32" },
  });
}

/** Merges pairs of sorted runs: an element moves on by the number of elements of the other run that precede it. */
function mergeRuns(
  backend: WebGPUBackend,
  randomWords: TensorInfo,
  order: TensorInfo,
  width: number,
  n: number,
): TensorInfo {
  return launch(backend, {
    name: "permutation_merge_runs",
    body: `
      let start = index - index % uniforms.width;
      let inSecond = (start / uniforms.width) % 2 == 1;
      let other = select(start + uniforms.width, start - uniforms.width, inSecond);
      let own = bitcast<u32>(randomWords[order[index]]);
      var low = min(other, uniforms.size);
      var high = min(other + uniforms.width, uniforms.size);
      let begin = low;
      while (low < high) {
        let middle = (low + high) / 2;
        let word = bitcast<u32>(randomWords[order[middle]]);
        if (word < own || (word == own && inSecond)) { low = middle + 1; } else { high = middle; }
      }
      result[min(start, other) + (index - start) + (low - begin)] = order[index];
    `,
    inputs: { randomWords, order },
    uniforms: { width: { type: "i32", data: width } },
    output: { shape: [n], dtype: "int32" },
  });
}

function gather(backend: WebGPUBackend, source: TensorInfo, places: TensorInfo): TensorInfo {
  return launch(backend, {
    name: "permutation_gather",
    body: "result[index] = source[places[index]];",
    inputs: { source, places },
    output: { shape: places.shape, dtype: source.dtype },
  });
}
