import fc from "fast-check";
import { expect, test } from "vitest";
import {
  emitDepthwise,
  emitDepthwiseInputGradient,
} from "../../../../src/targets/wasm/routines/convolution/depthwise.ts";
import { emitDepthwiseFilterGradient } from "../../../../src/targets/wasm/routines/convolution/depthwise-gradient.ts";
import { type DepthwiseSpec, volume } from "../../../../src/steps/specs/convolution.ts";
import { depthwiseConvolutions, depthwiseSizesOf, eachDepthwiseProduct } from "../../convolutions.ts";
import { randomFloats, runRoutine } from "./run.ts";

function checkDepthwise(spec: DepthwiseSpec, cuts: readonly number[] = []): void {
  const sizes = depthwiseSizesOf(spec);
  const [x, weights, dy] = [
    randomFloats(sizes.x, 3),
    randomFloats(sizes.filter, 5),
    randomFloats(sizes.y, 7),
  ];
  const expected = [sizes.y, sizes.x, sizes.filter].map((size) => new Float64Array(size));
  eachDepthwiseProduct(spec, (atX, atFilter, atY) => {
    expected[0]![atY]! += x[atX]! * weights[atFilter]!;
    expected[1]![atX]! += dy[atY]! * weights[atFilter]!;
    expected[2]![atFilter]! += x[atX]! * dy[atY]!;
  });
  const actual = expected.map(({ length }) => new Float32Array(length).fill(NaN));
  runRoutine((module) => emitDepthwise(module, spec), [x, weights, actual[0]!], cuts);
  runRoutine((module) => emitDepthwiseInputGradient(module, spec), [dy, weights, actual[1]!], cuts);
  runRoutine((module) => emitDepthwiseFilterGradient(module, spec), [x, dy, actual[2]!], cuts);
  const scale = volume(spec.filter) + volume(spec.output) * spec.batch;
  const off = actual.map((values, i) =>
    values.findIndex((value, j) => !(Math.abs(value - expected[i]![j]!) < 1e-6 * scale)),
  );
  expect(off).toEqual([-1, -1, -1]);
}

test("depthwise convolutions and their gradients are those of float64, in any shares", () => {
  fc.assert(
    fc.property(depthwiseConvolutions, fc.constantFrom([], [0.5]), (spec, cuts) =>
      checkDepthwise(spec, cuts),
    ),
    { numRuns: 80 },
  );
});
