import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type ConvolutionSpec,
  type DepthwiseSpec,
  type Sizes,
} from "../../../../src/steps/specs/convolution.ts";
import { type ProductKind, productStepTasks } from "../../../../src/targets/webgpu/products/step-tasks.ts";
import type { RoutineSpec } from "../../../../src/steps/specs/routine-spec.ts";
import {
  convolutions,
  depthwiseConvolutions,
  depthwiseSizesOf,
  eachDepthwiseProduct,
  eachProduct,
  sizesOf,
  type TensorSizes,
} from "../../convolutions.ts";
import { newBuffer, runTasks } from "../run-tasks.ts";
import { randomFloats } from "./floats.ts";

/** The slow ones run once. */
const IN_NODE = typeof window === "undefined";

interface Case {
  readonly sizes: TensorSizes;
  readonly each: (visit: (x: number, filter: number, y: number) => void) => void;
  /** Of the convolution, of its gradient for x, and of that for the filter. */
  readonly specs: readonly [RoutineSpec<ProductKind>, RoutineSpec<ProductKind>, RoutineSpec<ProductKind>];
}

function whole(spec: ConvolutionSpec): Case {
  return {
    sizes: sizesOf(spec),
    each: (visit) => eachProduct(spec, visit),
    specs: [
      { kind: "convolution", ...spec },
      { kind: "convolution input gradient", ...spec },
      { kind: "convolution filter gradient", ...spec },
    ],
  };
}

function depthwise(spec: DepthwiseSpec): Case {
  return {
    sizes: depthwiseSizesOf(spec),
    each: (visit) => eachDepthwiseProduct(spec, visit),
    specs: [
      { kind: "depthwise convolution", ...spec },
      { kind: "depthwise input gradient", ...spec },
      { kind: "depthwise filter gradient", ...spec },
    ],
  };
}

/**
 * The largest errors of y, dx and dfilter, relative to the sums of the terms' magnitudes.
 *
 * @param special what some elements are instead
 */
async function errorsOf({ sizes, each, specs }: Case, special: readonly number[] = []): Promise<number[]> {
  const [x, filter, dy] = [randomFloats(sizes.x, 3), randomFloats(sizes.filter, 5), randomFloats(sizes.y, 7)];
  for (const [i, value] of special.entries()) {
    for (const elements of [x, filter, dy]) elements[(i * 97 + 1) % elements.length] = value;
  }
  const operands = [
    [x, filter],
    [dy, filter],
    [x, dy],
  ] as const;
  const expected = [sizes.y, sizes.x, sizes.filter].map((size) => new Float64Array(size));
  const magnitudes = expected.map(({ length }) => new Float64Array(length).fill(1e-30));
  const add = (result: number, at: number, term: number) => {
    expected[result]![at]! += term;
    magnitudes[result]![at]! += Math.abs(term);
  };
  each((atX, atFilter, atY) => {
    add(0, atY, x[atX]! * filter[atFilter]!);
    add(1, atX, dy[atY]! * filter[atFilter]!);
    add(2, atFilter, x[atX]! * dy[atY]!);
  });
  const errors: number[] = [];
  for (const [i, spec] of specs.entries()) {
    const actual = new Float32Array(expected[i]!.length).fill(NaN);
    const given = [...operands[i]!, actual].map(
      (elements) => [newBuffer(elements.length), elements] as const,
    );
    const step = { label: spec.kind, operands: given.map(([buffer]) => ({ buffer, offset: 0 })) };
    await runTasks(productStepTasks(spec, step, newBuffer), new Map(given));
    const off = actual.map((value, at) => {
      const right = expected[i]![at]!;
      return Object.is(value, right) ? 0 : Math.abs(value - right) / magnitudes[i]![at]!;
    });
    errors.push(off.reduce((most, error) => Math.max(most, error), 0));
  }
  return errors;
}

const RIGHT = [0, 0, 0].map(() => expect.closeTo(0, 6) as number);

test("convolutions of any sizes, strides, dilations and paddings are those of float64, with their gradients", async () => {
  await fc.assert(
    fc.asyncProperty(convolutions, async (spec) => {
      expect(await errorsOf(whole(spec))).toEqual(RIGHT);
    }),
    { numRuns: 10 },
  );
});

test("depthwise convolutions, too", async () => {
  await fc.assert(
    fc.asyncProperty(depthwiseConvolutions, async (spec) => {
      expect(await errorsOf(depthwise(spec))).toEqual(RIGHT);
    }),
    { numRuns: 10 },
  );
});

test("padding takes no part, whatever is infinite or NaN", async () => {
  const special = [Infinity, NaN, -Infinity];
  await fc.assert(
    fc.asyncProperty(convolutions, depthwiseConvolutions, async (spec, ofChannels) => {
      expect(await errorsOf(whole(spec), special)).toEqual(RIGHT);
      expect(await errorsOf(depthwise(ofChannels), special)).toEqual(RIGHT);
    }),
    { numRuns: 4 },
  );
});

describe.runIf(IN_NODE)("larger ones", () => {
  const same = (side: number): Pick<ConvolutionSpec, "input" | "output"> => ({
    input: [1, side, side],
    output: [1, side, side],
  });
  const plain = { strides: [1, 1, 1], dilations: [1, 1, 1] } as const;
  const three = { ...plain, filter: [1, 3, 3], before: [0, 1, 1] } as const;
  const one = { ...plain, filter: [1, 1, 1], before: [0, 0, 0] } as const;
  const patches = (size: number, count: number) => ({
    filter: [1, size, size] as Sizes,
    strides: [1, size, size] as Sizes,
    dilations: [1, 1, 1] as Sizes,
    before: [0, 0, 0] as Sizes,
    input: [1, size * count, size * count] as Sizes,
    output: [1, count, count] as Sizes,
  });
  test.each<[string, ConvolutionSpec]>([
    ["one channel", { ...three, ...same(28), batch: 3, inChannels: 1, outChannels: 32 }],
    ["many channels", { ...three, ...same(14), batch: 2, inChannels: 32, outChannels: 64 }],
    ["one tap", { ...one, ...same(9), batch: 2, inChannels: 33, outChannels: 18 }],
    ["patches with as many phases as pixels", { ...patches(5, 3), batch: 2, inChannels: 3, outChannels: 20 }],
    ["patches", { ...patches(2, 9), batch: 2, inChannels: 12, outChannels: 20 }],
  ])("%s", async (_, spec) => {
    expect(await errorsOf(whole(spec))).toEqual(RIGHT);
    expect(await errorsOf(whole(spec), [Infinity])).toEqual(RIGHT);
  });

  test("depthwise, with long sums", async () => {
    const spec = { ...three, ...same(28), batch: 4, channels: 8, multiplier: 2 };
    expect(await errorsOf(depthwise(spec))).toEqual(RIGHT);
  });
});
