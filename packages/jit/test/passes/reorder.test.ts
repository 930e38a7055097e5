/** @file Loops in the order of what they read: they do the same. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type Buffer, type Expr, index } from "../../src/expr/expr.ts";
import { apply } from "../../src/expr/operations.ts";
import { broadcast, contiguous, type Layout, product, transposed } from "../../src/expr/segments.ts";
import { inOrderOf } from "../../src/passes/reorder.ts";
import type { MapStep } from "../../src/steps/step.ts";

let ids = 0;
const newBuffer = (size: number): Buffer => ({ id: ids++, size, role: { kind: "temporary" } });

function placeOf({ offset, segments }: Layout, at: number): number {
  let [place, rest] = [offset, at];
  for (let run = segments.length - 1; run >= 0; run--) {
    const { size, stride } = segments[run]!;
    place += (rest % size) * stride;
    rest = Math.floor(rest / size);
  }
  return place;
}

/** What a map of sums of integers stores. */
function run({ size, stores }: MapStep, contents: ReadonlyMap<Buffer, number[]>): number[][] {
  const valueOf = (expr: Expr, at: number): number => {
    if (expr.kind === "load") return contents.get(expr.buffer)![placeOf(expr, at)]!;
    if (expr.kind === "index") return placeOf(expr, at);
    if (expr.kind === "apply") return expr.args.reduce((sum, arg) => sum + valueOf(arg, at), 0);
    throw new Error("unexpected");
  };
  return stores.map(({ buffer, layout, expr }) => {
    const result = Array.from({ length: buffer.size }, () => -1);
    for (let at = 0; at < size; at++) result[placeOf(layout, at)] = valueOf(expr, at);
    return result;
  });
}

const cases = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }).chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    order: fc.shuffledSubarray([...shape.keys()], { minLength: shape.length }),
    out: fc.shuffledSubarray([...shape.keys()], { minLength: shape.length }),
    kept: fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }),
  }),
);

test("a loop in the order of a buffer that it reads transposed stores the same", () => {
  fc.assert(
    fc.property(cases, ({ shape, order, out, kept }) => {
      const size = product(shape);
      const [source, other, target] = [newBuffer(size), newBuffer(64), newBuffer(size)];
      const moved = order.map((axis) => shape[axis]!);
      const read = { ...transposed(shape, order)(contiguous(size))! };
      const small = moved.map((length, axis) => (kept[axis] ? length : 1));
      const spread = broadcast(small, moved)(contiguous(product(small)))!;
      const x: Expr = { kind: "load", lane: "i32", buffer: source, ...read };
      const bias: Expr = { kind: "load", lane: "i32", buffer: other, ...spread };
      const expr = apply("i32.add", apply("i32.add", x, bias), index(size));
      // Stored transposed, too: out of its own order.
      const layout = transposed(
        out.map((axis) => moved[axis]!),
        inverse(out),
      )(contiguous(size))!;
      const map: MapStep = { kind: "map", size, stores: [{ buffer: target, layout, expr }] };
      const reordered = inOrderOf(map, source)!;
      const contents = new Map([source, other].map((buffer) => [buffer, Array.from({ length: buffer.size }, (_, i) => 1000 * i * i)])); // prettier-ignore
      expect(run(reordered, contents)).toEqual(run(map, contents));
    }),
  );
});

function inverse(order: readonly number[]): number[] {
  return order.map((_, axis) => order.indexOf(axis));
}

test("what reads elements twice, or only some, or at computed places, has no such order", () => {
  const source = newBuffer(12);
  const of = (read: Layout): MapStep => ({
    kind: "map",
    size: 12,
    stores: [
      {
        buffer: newBuffer(12),
        layout: contiguous(12),
        expr: { kind: "load", lane: "f32", buffer: source, ...read },
      },
    ],
  });
  expect(inOrderOf(of(contiguous(12)), source)).toBeDefined();
  expect(inOrderOf(of({ offset: 0, segments: [{ size: 3, stride: 0 }, { size: 4, stride: 1 }] }), source)).toBeUndefined(); // prettier-ignore
  expect(inOrderOf(of({ offset: 11, segments: [{ size: 12, stride: -1 }] }), source)).toBeUndefined();
  expect(inOrderOf(of({ offset: 0, segments: [{ size: 6, stride: 1 }, { size: 2, stride: 6 }] }), source)).toBeDefined(); // prettier-ignore
  expect(inOrderOf(of(contiguous(12)), newBuffer(12))).toBeUndefined();
});
