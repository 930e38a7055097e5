import fc from "fast-check";
import { expect, test } from "vitest";
import { pooling } from "../../../../src/targets/webgpu/routines/pooling.ts";
import {
  maxPoolingGradient,
  meanPoolingGradient,
} from "../../../../src/targets/webgpu/routines/pooling-gradient.ts";
import { type Sizes, volume } from "../../../../src/steps/specs/convolution.ts";
import type { PoolingSpec } from "../../../../src/steps/specs/pooling.ts";
import { randomFloats, runRoutine } from "./numbers.ts";

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

async function check(spec: PoolingSpec): Promise<void> {
  const sizes = {
    x: spec.batch * volume(spec.input) * spec.channels,
    y: spec.batch * volume(spec.output) * spec.channels,
  };
  const isInteger = spec.lane === "i32";
  // Few different numbers, so that there are ties; integers that float32 cannot tell apart.
  const coarse = randomFloats(sizes.x, 3).map((x) => Math.round(4 * x) + 0);
  const x = isInteger ? Int32Array.from(coarse, (value) => 2 ** 30 + value) : coarse;
  const dy = randomFloats(sizes.y, 7);
  const expected = {
    max: Array.from({ length: sizes.y }, () => 0),
    mean: Array.from({ length: sizes.y }, () => 0),
    dMax: Array.from({ length: sizes.x }, () => 0),
    dMean: Array.from({ length: sizes.x }, () => 0),
  };
  eachWindow(spec, (y, xs) => {
    const values = xs.map((at) => x[at]!);
    const most = Math.max(...values);
    expected.max[y] = isInteger && values.length === 0 ? -(2 ** 31) : most;
    expected.mean[y] = values.reduce((sum, value) => sum + value, 0) / values.length;
    const found = values.indexOf(most);
    if (found >= 0) expected.dMax[xs[found]!]! += dy[y]!;
    for (const at of xs) expected.dMean[at]! += dy[y]! / xs.length;
  });
  const empty = (size: number) => new Float32Array(size).fill(NaN);
  const [mean, dMax, dMean] = [empty(sizes.y), empty(sizes.x), empty(sizes.x)];
  const max = isInteger ? new Int32Array(sizes.y) : empty(sizes.y);
  await runRoutine(([a, b], t) => pooling(spec, "max", [a!, b!], t), x, max);
  await runRoutine(([a, b, c], t) => maxPoolingGradient(spec, [a!, b!, c!], t), dy, x, dMax);
  expect([...max]).toEqual(expected.max);
  expectClose(dMax, expected.dMax);
  if (isInteger) return;
  await runRoutine(([a, b], t) => pooling(spec, "mean", [a!, b!], t), x, mean);
  await runRoutine(([a, b], t) => meanPoolingGradient(spec, [a!, b!], t), dy, dMean);
  expectClose(mean, expected.mean);
  expectClose(dMean, expected.dMean);
}

function expectClose(actual: Float32Array, expected: readonly number[]): void {
  const wrong = actual.findIndex((value, i) => {
    return !(Math.abs(value - expected[i]!) < 1e-5) && !(Number.isNaN(value) && Number.isNaN(expected[i]!));
  });
  expect(wrong < 0 ? undefined : [wrong, actual[wrong], expected[wrong]]).toBeUndefined();
}

const axis = fc.record({
  input: fc.integer({ min: 1, max: 8 }),
  window: fc.integer({ min: 1, max: 4 }),
  stride: fc.integer({ min: 1, max: 3 }),
  dilation: fc.integer({ min: 1, max: 2 }),
  before: fc.nat(2),
  after: fc.nat(2),
});

const specs = fc
  .record({
    axes: fc.tuple(axis, axis, axis),
    batch: fc.integer({ min: 1, max: 2 }),
    channels: fc.integer({ min: 1, max: 5 }),
    lane: fc.constantFrom("f32", "f32", "i32"),
    flat: fc.boolean(),
  })
  .map(({ axes, flat, ...rest }) => {
    const one = { input: 1, window: 1, stride: 1, dilation: 1, before: 0, after: 0 };
    const all = flat ? [one, axes[1], axes[2]] : axes;
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

test("pooling of any sizes and its gradients are those of plain loops", async () => {
  await fc.assert(fc.asyncProperty(specs, check), { numRuns: 6 });
});

test("a window that is the whole image is shared by invocations", () =>
  check({
    batch: 2,
    input: [1, 30, 31],
    channels: 3,
    window: [1, 30, 31],
    output: [1, 1, 1],
    strides: [1, 1, 1],
    dilations: [1, 1, 1],
    before: [0, 0, 0],
    lane: "f32",
  }));

test("a maximum is NaN where the window has one, which gets no gradient", async () => {
  const spec: PoolingSpec = {
    batch: 1,
    input: [1, 1, 4],
    channels: 1,
    window: [1, 1, 2],
    output: [1, 1, 2],
    strides: [1, 1, 2],
    dilations: [1, 1, 1],
    before: [0, 0, 0],
    lane: "f32",
  };
  const x = Float32Array.of(NaN, 1, -Infinity, -Infinity);
  const [y, dx] = [new Float32Array(2), new Float32Array(4)];
  await runRoutine(([a, b], t) => pooling(spec, "max", [a!, b!], t), x, y);
  await runRoutine(([a, b, c], t) => maxPoolingGradient(spec, [a!, b!, c!], t), Float32Array.of(3, 5), x, dx);
  expect([...y]).toEqual([NaN, -Infinity]);
  expect([...dx]).toEqual([0, 3, 0, 0]);
});
