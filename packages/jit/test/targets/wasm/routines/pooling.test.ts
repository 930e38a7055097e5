import fc from "fast-check";
import { expect, test } from "vitest";
import { type Sizes, volume } from "../../../../src/steps/specs/convolution.ts";
import {
  emitMaxPoolingGradient,
  emitMeanPoolingGradient,
} from "../../../../src/targets/wasm/routines/pooling/gradient.ts";
import { emitPooling } from "../../../../src/targets/wasm/routines/pooling/pooling.ts";
import type { PoolingSpec } from "../../../../src/steps/specs/pooling.ts";
import { randomFloats, runRoutine } from "./run.ts";

/** Calls `visit` for each output element with the positions in the input that its window has. */
function eachWindow(spec: PoolingSpec, visit: (y: number, xs: number[]) => void): void {
  const { batch, input, window, output, channels, strides, dilations, before } = spec;
  const places = (sizes: Sizes) =>
    Array.from({ length: volume(sizes) }, (_, i) => [
      Math.floor(i / (sizes[1] * sizes[2])),
      Math.floor(i / sizes[2]) % sizes[1],
      i % sizes[2],
    ]);
  for (let image = 0; image < batch; image++)
    for (const [pixel, o] of places(output).entries()) {
      const sources = places(window)
        .map((t) => t.map((tap, axis) => o[axis]! * strides[axis]! + tap * dilations[axis]! - before[axis]!))
        .filter((at) => at.every((position, axis) => position >= 0 && position < input[axis]!))
        .map((at) => image * volume(input) + (at[0]! * input[1] + at[1]!) * input[2] + at[2]!);
      for (let c = 0; c < channels; c++)
        visit(
          (image * volume(output) + pixel) * channels + c,
          sources.map((source) => source * channels + c),
        );
    }
}

/** Few different numbers, so that there are ties; none is -0. */
function coarse(length: number): Float32Array {
  return randomFloats(length, 3).map((x) => Math.round(4 * x) + 0);
}

function checkPooling(sizesOf: Omit<PoolingSpec, "lane">, cuts: readonly number[] = []): void {
  const spec = { ...sizesOf, lane: "f32" } as const;
  const sizes = {
    x: spec.batch * volume(spec.input) * spec.channels,
    y: spec.batch * volume(spec.output) * spec.channels,
  };
  const [x, dy] = [coarse(sizes.x), randomFloats(sizes.y, 7)];
  const expected = {
    max: new Float32Array(sizes.y),
    mean: new Float32Array(sizes.y),
    dMax: new Float64Array(sizes.x),
    dMean: new Float64Array(sizes.x),
  };
  eachWindow(spec, (y, xs) => {
    const values = xs.map((at) => x[at]!);
    const most = Math.max(...values);
    expected.max[y] = most;
    expected.mean[y] = values.reduce((sum, value) => sum + value, 0) / values.length;
    const found = values.indexOf(most);
    if (found >= 0) expected.dMax[xs[found]!]! += dy[y]!;
    for (const at of xs) expected.dMean[at]! += dy[y]! / xs.length;
  });
  const empty = (size: number) => new Float32Array(size).fill(NaN);
  const [max, mean, dMax, dMean] = [empty(sizes.y), empty(sizes.y), empty(sizes.x), empty(sizes.x)];
  runRoutine((module) => emitPooling(module, spec, "max"), [x, max], cuts);
  runRoutine((module) => emitPooling(module, spec, "mean"), [x, mean], cuts);
  runRoutine((module) => emitMaxPoolingGradient(module, spec), [dy, x, dMax], cuts);
  runRoutine((module) => emitMeanPoolingGradient(module, spec), [dy, dMean], cuts);
  expect(max).toEqual(expected.max);
  // Integers that float32 cannot tell apart.
  const [integerMax, dIntegers] = [new Int32Array(sizes.y), empty(sizes.x)];
  const wide = { ...spec, lane: "i32" } as const;
  const far = Int32Array.from(x, (value) => 2 ** 30 + value);
  runRoutine((module) => emitPooling(module, wide, "max"), [far, integerMax], cuts);
  runRoutine((module) => emitMaxPoolingGradient(module, wide), [dy, far, dIntegers], cuts);
  expect([...integerMax]).toEqual(
    Array.from(expected.max, (value) => (value < -9 ? -(2 ** 31) : 2 ** 30 + value)),
  );
  expect(dIntegers).toEqual(dMax);
  expectClose(mean, expected.mean);
  expectClose(dMax, expected.dMax);
  expectClose(dMean, expected.dMean);
}

function expectClose(actual: Float32Array, expected: ArrayLike<number>): void {
  const wrong = actual.findIndex(
    (value, i) =>
      !(Math.abs(value - expected[i]!) < 1e-5) && !(Number.isNaN(value) && Number.isNaN(expected[i]!)),
  );
  expect(wrong < 0 ? undefined : [wrong, actual[wrong], expected[wrong]]).toBeUndefined();
}

const axis = fc.record({
  input: fc.integer({ min: 1, max: 8 }),
  window: fc.integer({ min: 1, max: 3 }),
  stride: fc.integer({ min: 1, max: 3 }),
  dilation: fc.integer({ min: 1, max: 2 }),
  before: fc.nat(2),
  after: fc.nat(2),
});

const specs = fc
  .record({
    axes: fc.tuple(axis, axis, axis),
    batch: fc.integer({ min: 1, max: 2 }),
    channels: fc.integer({ min: 1, max: 21 }),
    flat: fc.boolean(),
    padded: fc.boolean(),
  })
  .map(({ axes, flat, padded, ...rest }) => {
    const one = { input: 1, window: 1, stride: 1, dilation: 1, before: 0, after: 0 };
    const bare = axes.map((a) => (padded ? a : { ...a, before: 0, after: 0 }));
    const all = flat ? [one, bare[1]!, bare[2]!] : bare;
    const pick = (rule: (a: typeof one) => number) => all.map(rule) as unknown as Sizes;
    return {
      ...rest,
      input: pick((a) => a.input),
      window: pick((a) => a.window),
      strides: pick((a) => a.stride),
      dilations: pick((a) => a.dilation),
      before: pick((a) => a.before),
      output: pick(
        (a) => Math.floor((a.input + a.before + a.after - (a.window - 1) * a.dilation - 1) / a.stride) + 1,
      ),
    };
  })
  .filter(({ output }) => output.every((size) => size > 0));

test("pooling of any sizes and its gradients are those of plain loops", () => {
  fc.assert(
    fc.property(specs, (spec) => checkPooling(spec)),
    { numRuns: 80 },
  );
});

test("pooling is the same in any shares", () => {
  const spec = {
    batch: 2,
    input: [1, 8, 8],
    channels: 37,
    window: [1, 2, 2],
    output: [1, 4, 4],
    strides: [1, 2, 2],
    dilations: [1, 1, 1],
    before: [0, 0, 0],
  } as const;
  checkPooling(spec);
  checkPooling(spec, [0.4, 0.7]);
});
