import { expect, test } from "vitest";
import { type Buffer, type Expr, load } from "../../src/expr/expr.ts";
import { apply } from "../../src/expr/operations.ts";
import { contiguous } from "../../src/expr/segments.ts";
import { floorOf } from "../../src/plan/floor.ts";
import type { Step } from "../../src/steps/step.ts";

let buffers = 0;
const buffer = (size: number): Buffer => ({ id: buffers++, size, role: { kind: "temporary" } });
const parameter = (size: number): Buffer => ({ id: buffers++, size, role: { kind: "parameter", index: 0 } });
const sumOf = (...read: Buffer[]): Expr =>
  read.map((one): Expr => load(one, "f32")).reduce((a, b) => apply("f32.add", a, b));
const map = (to: Buffer, ...read: Buffer[]): Step => {
  const { size } = to;
  return { kind: "map", size, stores: [{ buffer: to, layout: contiguous(size), expr: sumOf(...read) }] };
};
const reduce = (to: Buffer, from: Buffer): Step => ({
  kind: "reduce",
  kept: to.size,
  reduced: from.size / to.size,
  reductions: [{ reducer: "sum", expr: load(from, "f32"), buffer: to }],
});
/** A routine is known by what it reads and writes alone. */
const routine = (to: Buffer, ...read: Buffer[]): Step =>
  ({
    kind: "routine",
    label: "",
    spec: { kind: "matmul" },
    reads: read,
    writes: [to],
    operands: [],
  }) as never;

test("loops between parameters and outputs write nothing but outputs", () => {
  const [x, a, b] = [parameter(10), buffer(10), buffer(10)];
  expect(floorOf({ steps: [map(a, x), map(b, a, x)], outputs: [b] })).toEqual({ outputs: 40, between: 0 });
});

test("what routines take lies in memory, once, and a result that becomes it need not", () => {
  const [x, w] = [parameter(10), parameter(30)];
  const [y, h, z] = [buffer(6), buffer(6), buffer(2)];
  const steps = [routine(y, x, w), map(h, y), routine(z, h, w)];
  expect(floorOf({ steps, outputs: [z] })).toEqual({ outputs: 8, between: 24 });
  expect(floorOf({ steps: [...steps, routine(buffer(2), h)], outputs: [z] }).between).toBe(24);
});

test("between a routine and a reduction the smallest values are enough", () => {
  const [x, y, s] = [parameter(8), buffer(100), buffer(1)];
  const [a, b, narrow] = [buffer(100), buffer(100), buffer(4)];
  // y → a → narrow → s and y → b → narrow.
  const steps = [routine(y, x), map(a, y), map(b, y), map(narrow, a, b), reduce(s, narrow)];
  expect(floorOf({ steps, outputs: [s] })).toEqual({ outputs: 4, between: 16 });
  // Another way round it.
  const t = buffer(1);
  expect(floorOf({ steps: [...steps, reduce(t, b)], outputs: [s, t] }).between).toBe(400);
});

test("an output on the way costs no more than itself", () => {
  const [x, y, s] = [parameter(8), buffer(100), buffer(1)];
  const steps = [routine(y, x), reduce(s, y)];
  expect(floorOf({ steps, outputs: [y, s] })).toEqual({ outputs: 404, between: 0 });
});
