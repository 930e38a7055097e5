/** @file For which gradients of filters the batch is divided. */
import { expect, test } from "vitest";
import type { Buffer } from "../../../src/expr/expr.ts";
import { type ConvolutionSpec, volume } from "../../../src/steps/specs/convolution.ts";
import type { RoutineStep } from "../../../src/steps/step.ts";
import { splitBatches } from "../../../src/targets/wasm/split-batch.ts";

const small: ConvolutionSpec = {
  batch: 33,
  input: [1, 14, 14],
  output: [1, 14, 14],
  inChannels: 32,
  outChannels: 64,
  filter: [1, 3, 3],
  strides: [1, 1, 1],
  dilations: [1, 1, 1],
  before: [0, 1, 1],
};

function gradientOf(spec: ConvolutionSpec): RoutineStep {
  const [x, dy, gradient] = [1, 2, volume(spec.filter) * spec.inChannels * spec.outChannels].map(
    (size, id): Buffer => ({ id, size, role: { kind: "temporary" } }),
  ) as [Buffer, Buffer, Buffer];
  return {
    kind: "routine",
    label: "gradient",
    operands: [x, dy, gradient].map((buffer) => ({ buffer, offset: 0 })),
    reads: [x, dy],
    writes: [gradient],
    spec: { kind: "convolution filter gradient", ...spec },
  };
}

test("the matrices of all parts are added up in one loop", () => {
  const step = gradientOf(small);
  const [routine, map, ...others] = splitBatches([step]);
  expect(others).toEqual([]);
  // Five images each, the last three.
  expect(routine).toMatchObject({ spec: { parts: 7 }, reads: step.reads });
  expect(map).toMatchObject({ kind: "map", size: 18_432, stores: [{ buffer: step.writes[0] }] });
  expect(routine).toMatchObject({ writes: [{ size: 7 * 18_432 }] });
});

test.each<[string, Partial<ConvolutionSpec>]>([
  ["one image", { batch: 1 }],
  ["little work", { batch: 8, input: [1, 3, 3], output: [1, 3, 3], inChannels: 4, outChannels: 8 }],
  ["a filter of many bytes", { inChannels: 512, outChannels: 512 }],
])("%s stays together", (_, change) => {
  const step = gradientOf({ ...small, ...change });
  expect(splitBatches([step])).toEqual([step]);
});
