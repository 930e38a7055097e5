import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { emitFilterGradient } from "../../../../src/targets/wasm/routines/convolution/filter-gradient.ts";
import { emitConvolution } from "../../../../src/targets/wasm/routines/convolution/forward.ts";
import { emitInputGradient } from "../../../../src/targets/wasm/routines/convolution/input-gradient.ts";
import type { ConvolutionSpec } from "../../../../src/steps/specs/convolution.ts";
import type { ModuleBuilder } from "../../../../src/targets/wasm/assembler/module-builder.ts";
import { convolutions, eachProduct, sizesOf } from "../../convolutions.ts";
import { addPlaces } from "./add-places.ts";
import { randomFloats, runRoutine } from "./run.ts";

/** Compares all three routines with sums in float64. */
function checkConvolution(spec: ConvolutionSpec, cuts: readonly number[] = []): void {
  const sizes = sizesOf(spec);
  const [x, filter, dy] = [randomFloats(sizes.x, 3), randomFloats(sizes.filter, 5), randomFloats(sizes.y, 7)];
  const expected = {
    y: new Float64Array(sizes.y),
    dx: new Float64Array(sizes.x),
    df: new Float64Array(sizes.filter),
  };
  eachProduct(spec, (atX, atFilter, atY) => {
    expected.y[atY]! += x[atX]! * filter[atFilter]!;
    expected.dx[atX]! += dy[atY]! * filter[atFilter]!;
    expected.df[atFilter]! += x[atX]! * dy[atY]!;
  });
  const [y, dx, df] = [sizes.y, sizes.x, sizes.filter].map((size) => new Float32Array(size).fill(NaN)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  runRoutine((module) => emitConvolution(module, spec), [x, filter, y], cuts);
  runRoutine((module) => emitInputGradient(module, spec), [dy, filter, dx], cuts);
  runRoutine((module) => emitFilterGradient(module, spec), [x, dy, df], cuts);
  const parts = Math.ceil(spec.batch / Math.ceil(spec.batch / 3));
  const dfs = new Float32Array(parts * sizes.filter).fill(NaN);
  runRoutine((module) => emitFilterGradient(module, { ...spec, parts }), [x, dy, dfs], cuts);
  const sum = df.map((_, i) =>
    Array.from({ length: parts }, (_, part) => dfs[part * sizes.filter + i]!).reduce((a, b) => a + b),
  );
  expect(worst(sum, expected.df), "dfilter in parts").toBeLessThan(1e-5);
  expect(worst(y, expected.y), "y").toBeLessThan(1e-5);
  expect(worst(dx, expected.dx), "dx").toBeLessThan(1e-5);
  expect(worst(df, expected.df), "dfilter").toBeLessThan(1e-5);
}

/** The largest difference, relative to the largest element. */
function worst(actual: Float32Array, expected: Float64Array): number {
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30);
  return actual.reduce((most, value, i) => {
    const off = Math.abs(value - expected[i]!) / scale;
    return Math.max(most, Number.isNaN(off) ? Infinity : off);
  }, 0);
}

test("convolutions of any sizes, strides, dilations and paddings are those of float64, with their gradients", () => {
  fc.assert(
    fc.property(convolutions, (spec) => checkConvolution(spec)),
    { numRuns: 60 },
  );
});

describe("in any shares", () => {
  const same: Omit<ConvolutionSpec, "batch" | "input" | "output" | "inChannels" | "outChannels"> = {
    filter: [1, 3, 3],
    strides: [1, 1, 1],
    dilations: [1, 1, 1],
    before: [0, 1, 1],
  };
  test.each<[string, ConvolutionSpec]>([
    [
      "one channel",
      { ...same, batch: 3, input: [1, 28, 28], output: [1, 28, 28], inChannels: 1, outChannels: 32 },
    ],
    [
      "many channels",
      { ...same, batch: 2, input: [1, 14, 14], output: [1, 14, 14], inChannels: 32, outChannels: 64 },
    ],
    [
      "many images",
      { ...same, batch: 7, input: [1, 9, 8], output: [1, 9, 8], inChannels: 3, outChannels: 5 },
    ],
    [
      "one image",
      { ...same, batch: 1, input: [1, 13, 11], output: [1, 13, 11], inChannels: 8, outChannels: 12 },
    ],
  ])("%s", (_, spec) => {
    checkConvolution(spec);
    checkConvolution(spec, [0.2, 0.55]);
  });
});

test("an epilogue sees each element of the result once, in any shares", () => {
  const sizes = { batch: 3, input: [2, 9, 6], output: [2, 7, 4], inChannels: 3, outChannels: 10 } as const;
  const fixed = { filter: [1, 3, 3], strides: [1, 1, 1], dilations: [1, 1, 1], before: [0, 0, 0] } as const;
  const spec: ConvolutionSpec = { ...sizes, ...fixed };
  const counts = sizesOf(spec);
  const [x, filter, plain] = [
    randomFloats(counts.x),
    randomFloats(counts.filter, 2),
    new Float32Array(counts.y),
  ];
  runRoutine((module) => emitConvolution(module, spec), [x, filter, plain]);
  for (const shares of [[], [0.2, 0.55]]) {
    const y = new Float32Array(counts.y);
    const emit = (module: ModuleBuilder) => emitConvolution(module, { ...spec, epilogue: addPlaces(10) });
    runRoutine(emit, [x, filter, y], shares);
    expect(y).toEqual(plain.map((value, i) => Math.fround(value + i)));
  }
});
