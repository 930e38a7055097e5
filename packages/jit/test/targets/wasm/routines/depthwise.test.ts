import fc from "fast-check";
import { expect, test } from "vitest";
import {
  emitDepthwise,
  emitDepthwiseInputGradient,
} from "../../../../src/targets/wasm/routines/convolution/depthwise.ts";
import { emitDepthwiseFilterGradient } from "../../../../src/targets/wasm/routines/convolution/depthwise-gradient.ts";
import { type DepthwiseSpec, volume } from "../../../../src/steps/specs/convolution.ts";
import { randomFloats, runRoutine } from "./run.ts";

/** Calls `visit` with the positions of each product: x, filter, y. */
function eachProduct(spec: DepthwiseSpec, visit: (x: number, filter: number, y: number) => void): void {
  const { batch, input, filter, output, channels, multiplier, strides, dilations, before } = spec;
  for (let image = 0; image < batch; image++)
    for (let pixel = 0; pixel < volume(output); pixel++)
      for (let tap = 0; tap < volume(filter); tap++) {
        const row =
          Math.floor(pixel / output[2]) * strides[1] + Math.floor(tap / filter[2]) * dilations[1] - before[1];
        const column = (pixel % output[2]) * strides[2] + (tap % filter[2]) * dilations[2] - before[2];
        if (row < 0 || row >= input[1] || column < 0 || column >= input[2]) continue;
        for (let c = 0; c < channels; c++)
          for (let q = 0; q < multiplier; q++)
            visit(
              ((image * input[1] + row) * input[2] + column) * channels + c,
              (tap * channels + c) * multiplier + q,
              ((image * volume(output) + pixel) * channels + c) * multiplier + q,
            );
      }
}

function checkDepthwise(spec: DepthwiseSpec, cuts: readonly number[] = []): void {
  const { batch, input, filter, output, channels, multiplier } = spec;
  const sizes = {
    x: batch * volume(input) * channels,
    filter: volume(filter) * channels * multiplier,
    y: batch * volume(output) * channels * multiplier,
  };
  const [x, weights, dy] = [
    randomFloats(sizes.x, 3),
    randomFloats(sizes.filter, 5),
    randomFloats(sizes.y, 7),
  ];
  const expected = [sizes.y, sizes.x, sizes.filter].map((size) => new Float64Array(size));
  eachProduct(spec, (atX, atFilter, atY) => {
    expected[0]![atY]! += x[atX]! * weights[atFilter]!;
    expected[1]![atX]! += dy[atY]! * weights[atFilter]!;
    expected[2]![atFilter]! += x[atX]! * dy[atY]!;
  });
  const actual = expected.map(({ length }) => new Float32Array(length).fill(NaN));
  runRoutine((module) => emitDepthwise(module, spec), [x, weights, actual[0]!], cuts);
  runRoutine((module) => emitDepthwiseInputGradient(module, spec), [dy, weights, actual[1]!], cuts);
  runRoutine((module) => emitDepthwiseFilterGradient(module, spec), [x, dy, actual[2]!], cuts);
  const scale = volume(filter) + volume(output) * batch;
  const off = actual.map((values, i) =>
    values.findIndex((value, j) => !(Math.abs(value - expected[i]![j]!) < 1e-6 * scale)),
  );
  expect(off).toEqual([-1, -1, -1]);
}

const size = fc.record({
  input: fc.integer({ min: 1, max: 9 }),
  filter: fc.integer({ min: 1, max: 4 }),
  stride: fc.integer({ min: 1, max: 2 }),
  dilation: fc.integer({ min: 1, max: 2 }),
  before: fc.nat(2),
  after: fc.nat(2),
});

const specs = fc
  .record({
    axes: fc.tuple(size, size),
    batch: fc.integer({ min: 1, max: 3 }),
    channels: fc.integer({ min: 1, max: 9 }),
    multiplier: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ axes, ...rest }): DepthwiseSpec => {
    const pick = (first: number, rule: (a: (typeof axes)[0]) => number) =>
      [first, rule(axes[0]), rule(axes[1])] as const;
    return {
      ...rest,
      input: pick(1, (a) => a.input),
      filter: pick(1, (a) => a.filter),
      strides: pick(1, (a) => a.stride),
      dilations: pick(1, (a) => a.dilation),
      before: pick(0, (a) => a.before),
      output: pick(
        1,
        (a) => Math.floor((a.input + a.before + a.after - (a.filter - 1) * a.dilation - 1) / a.stride) + 1,
      ),
    };
  })
  .filter(({ output }) => output.every((length) => length > 0));

test("depthwise convolutions and their gradients are those of float64, in any shares", () => {
  fc.assert(
    fc.property(specs, fc.constantFrom([], [0.5]), (spec, cuts) => checkDepthwise(spec, cuts)),
    { numRuns: 80 },
  );
});
