/** @file Steps that do the same in different places have their code once. */
import { expect, test } from "vitest";
import { ModuleBuilder } from "../../../src/targets/wasm/assembler/module-builder.ts";
import { emitSteps } from "../../../src/targets/wasm/emit/steps.ts";
import { type Buffer, constant, type Expr, load } from "../../../src/expr/expr.ts";
import { apply } from "../../../src/expr/operations.ts";
import { contiguous, type Layout } from "../../../src/expr/segments.ts";
import { signatureOf } from "../../../src/steps/signature.ts";
import type { MapStep, RoutineStep } from "../../../src/steps/step.ts";
import { GraphBuilder, runGraph } from "./graphs.ts";

const SIZE = 12;
let ids = 0;
const buffer = (size = SIZE): Buffer => ({ id: ids++, size, role: { kind: "temporary" } });
const map = (to: Buffer, expr: Expr, layout: Layout = contiguous(SIZE)): MapStep => ({
  kind: "map",
  size: SIZE,
  stores: [{ buffer: to, layout, expr }],
});
const sum = (a: Buffer, b: Buffer) => apply("f32.add", load(a, "f32"), load(b, "f32"));
const keyOf = (step: MapStep | RoutineStep) => signatureOf(step).key;
const [a, b, c, d, e, f] = [buffer(), buffer(), buffer(), buffer(), buffer(), buffer()] as const;

test("other buffers in the same roles make no difference", () => {
  expect(keyOf(map(c, sum(a, b)))).toBe(keyOf(map(f, sum(d, e))));
});

const scaled = (value: number) => map(c, apply("f32.mul", load(a, "f32"), constant(value, "f32")));
const shared = apply("f32.neg", load(a, "f32"));
const different: Record<string, [MapStep, MapStep]> = {
  "the same buffer twice": [map(c, sum(a, b)), map(c, sum(a, a))],
  "a result in the place of an operand": [map(c, sum(a, b)), map(a, sum(a, b))],
  "the other operand's place": [map(a, sum(a, b)), map(b, sum(a, b))],
  "the size of a buffer": [map(c, sum(a, b)), map(buffer(SIZE + 4), sum(a, b))],
  "another operation": [map(c, sum(a, b)), map(c, apply("f32.sub", load(a, "f32"), load(b, "f32")))],
  "another number": [scaled(2), scaled(3)],
  "the sign of zero": [scaled(0), scaled(-0)],
  "no number": [scaled(0), scaled(NaN)],
  "another order": [
    map(c, sum(a, b)),
    map(c, sum(a, b), {
      offset: 0,
      segments: [
        { size: 3, stride: 1 },
        { size: 4, stride: 3 },
      ],
    }),
  ],
  "another first element": [map(c, load(a, "f32")), map(c, { ...load(a, "f32"), offset: 1 })],
  "which part is used": [
    map(c, apply("f32.add", shared, load(a, "f32"))),
    map(c, apply("f32.add", load(a, "f32"), shared)),
  ],
};

test.each(Object.entries(different))("but %s does", (_, [one, other]) => {
  expect(keyOf(one)).not.toBe(keyOf(other));
});

const power = (base: number): RoutineStep => ({
  kind: "routine",
  label: "integer power",
  operands: [a, b].map((operand) => ({ buffer: operand, offset: 0 })),
  reads: [a],
  writes: [b],
  spec: { kind: "integer power", base },
});

test.each([
  [2, 3],
  [0, -0],
  [NaN, Infinity],
])("all that routines are asked makes a difference: %f, not %f", (base, other) => {
  expect(keyOf(power(base))).not.toBe(keyOf(power(other)));
  expect(keyOf(power(base))).toBe(keyOf(power(base)));
});

/** How many functions the steps have together, and which each runs. */
function functionsOf(steps: readonly MapStep[]) {
  const module = new ModuleBuilder();
  const places = { placeOf: () => ({ address: 16 }), table: 0 };
  const [operands, block, blockScratch] = [module.global("i32"), module.global("i32"), module.global("i32")];
  const codes = emitSteps(module, "test", steps, places, { operands, block, blockScratch }, () => {
    throw new Error("no loops or branches are here");
  });
  return { count: module.function("last", { params: [], results: [] }).ref.index, codes };
}

test("code is emitted once for all alike", () => {
  expect(functionsOf([map(c, sum(a, b))]).count).toBe(1);
  const { count, codes } = functionsOf([map(c, sum(a, b)), map(f, sum(d, e)), map(a, sum(b, c))]);
  expect(count).toBe(1);
  expect(codes.map(({ operands }) => operands.length)).toEqual([3, 3, 3]);
  expect(functionsOf([map(c, sum(a, b)), scaled(2)]).count).toBe(2);
});

test("of many codes those that differ in numbers and in offsets only are one, but not numbers of random ones", () => {
  const shifted = (offset: number, value: number) =>
    map(c, apply("f32.add", { ...load(a, "f32"), buffer: wide, offset }, constant(value, "f32")));
  const wide = buffer(1000);
  const many = Array.from({ length: 100 }, (_, i) => shifted(i, i + 1));
  const { count, codes } = functionsOf(many);
  expect(count).toBe(1);
  expect(codes.map(({ operands }) => operands[0]!.offset)).toEqual(many.map((_, i) => 4 * i));
  expect(functionsOf(many.slice(0, 50)).count).toBe(50);
  const drawn = (span: number) => {
    const bits = apply("threefry.bits", load(a, "i32"), load(b, "i32"), load(d, "i32"));
    return map(c, apply("random.uniform", bits, constant(0, "f32"), constant(span, "f32")));
  };
  expect(functionsOf(Array.from({ length: 100 }, (_, i) => drawn(i + 1))).count).toBe(100);
});

test("code for many numbers and offsets computes with those of each step", () => {
  const g = new GraphBuilder();
  const x = g.parameter([100, 6]);
  const results = Array.from({ length: 100 }, (_, i) => {
    const slice = g.kernel("Slice", { x }, [1, 6], { begin: [i, 0], size: [1, 6] });
    const row = g.kernel("Reshape", { x: slice }, [6]);
    // Neither a power of two nor 0 or 1, for which there is other code.
    const moved = g.kernel("Mod", { a: row, b: g.constant([], [5 * i + 3]) }, [6]);
    return g.kernel("Sum", { x: g.kernel("Add", { a: moved, b: g.constant([], [i + 0.5]) }, [6]) }, [], {
      axis: [0],
    });
  });
  const values = Array.from({ length: 600 }, (_, i) => (37 * i) % 101);
  const found = runGraph(g.graph(results), [values]);
  expect(found).toEqual(
    results.map((_, i) => [
      values.slice(6 * i, 6 * i + 6).reduce((sum, value) => sum + (value % (5 * i + 3)) + i + 0.5, 0),
    ]),
  );
});

test("layers that are alike compute with their own weights, in place where they are updated", () => {
  const size = 8;
  const layers = 5;
  const g = new GraphBuilder();
  const x = g.parameter([size, size]);
  const weights = Array.from({ length: layers }, () => g.parameter([size, size]));
  const offsets = Array.from({ length: layers }, () => g.parameter([size]));
  const shape = [size, size];
  const attrs = { transposeA: false, transposeB: false };
  let h = x;
  for (const [i, w] of weights.entries()) {
    const product = g.kernel("BatchMatMul", { a: h, b: w }, shape, attrs);
    h = g.kernel("Relu", { x: g.kernel("Add", { a: product, b: offsets[i]! }, shape) }, shape);
  }
  const next = weights.map((w) => g.kernel("Sub", { a: w, b: h }, shape));
  const numbers = (count: number, seed: number) =>
    Array.from({ length: count }, (_, i) => (((i + 31 * seed) * 2654435761) % 5) / 2 - 1);
  const inputs = [x, ...weights, ...offsets].map((value, i) =>
    numbers(
      value.shape.reduce((count, n) => count * n, 1),
      i,
    ),
  );
  let expected = inputs[0]!;
  for (let layer = 0; layer < layers; layer++) {
    const [w, offset] = [inputs[1 + layer]!, inputs[1 + layers + layer]!];
    expected = expected.map((_, at) => {
      let total = offset[at % size]!;
      for (let i = 0; i < size; i++)
        total += expected[Math.floor(at / size) * size + i]! * w[i * size + (at % size)]!;
      return Math.fround(Math.max(0, total));
    });
  }
  const found = runGraph(g.graph([h, ...next], [undefined, ...weights.map((_, i) => 1 + i)]), inputs);
  const close = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 3) as number);
  expect(found[0]).toEqual(close(expected));
  for (const [i, values] of found.slice(1).entries())
    expect(values).toEqual(close(inputs[1 + i]!.map((value, at) => value - expected[at]!)));
});
