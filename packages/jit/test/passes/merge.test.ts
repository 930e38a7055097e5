/** @file Which loops are joined: first those that have to do with each other. */
import { expect, test } from "vitest";
import { type Buffer, type Expr, load } from "../../src/expr/expr.ts";
import { apply } from "../../src/expr/operations.ts";
import { contiguous } from "../../src/expr/segments.ts";
import { mergeSteps } from "../../src/passes/merge.ts";
import { readsOf, writesOf } from "../../src/steps/accesses.ts";
import type { MapStep } from "../../src/steps/step.ts";

let ids = 0;
const buffer = (size: number): Buffer => ({ id: ids++, size, role: { kind: "temporary" } });
const map = (to: Buffer, expr: Expr): MapStep => ({
  kind: "map",
  size: to.size,
  stores: [{ buffer: to, layout: contiguous(to.size), expr }],
});
const f32 = (from: Buffer): Expr => load(from, "f32");
/** An expression of `from` with so many operations. */
const work = (operations: number, ...from: Buffer[]): Expr => {
  let expr = from.map(f32).reduce((a, b) => apply("f32.add", a, b));
  for (let i = 0; i < operations; i++) expr = apply("f32.sqrt", expr);
  return expr;
};

test("an optimiser's work on each of many alike weights becomes one loop", () => {
  const weights = Array.from({ length: 40 }, () =>
    Object.fromEntries(
      ["gradient", "mean", "square", "next mean", "next square", "next"].map((name) => [name, buffer(64)]),
    ),
  );
  const steps = [
    ...weights.map((w) => map(w["next mean"]!, work(3, w["gradient"]!, w["mean"]!))),
    ...weights.map((w) => map(w["next square"]!, work(4, w["gradient"]!, w["square"]!))),
    ...weights.map((w) => map(w["next"]!, work(9, w["next mean"]!, w["next square"]!))),
  ];
  const merged = mergeSteps(steps);
  for (const w of weights) {
    const results = ["next mean", "next square", "next"].map((name) => w[name]!);
    const homes = merged.filter((step) => results.some((result) => writesOf(step).includes(result)));
    expect(homes).toHaveLength(1);
    expect(writesOf(homes[0]!)).toEqual(expect.arrayContaining(results));
  }
  expect(merged.length).toBeLessThanOrEqual(weights.length);
});

test("small loops that have nothing in common are joined, too, as far as registers go", () => {
  const steps = Array.from({ length: 12 }, () => map(buffer(64), work(4, buffer(64))));
  const merged = mergeSteps(steps);
  expect(merged.length).toBeLessThan(4);
  expect(merged.flatMap((step) => [...readsOf(step)])).toHaveLength(12);
});
