/** @file Maxima and minima are exact: NaN of either sign goes through, 0 is larger than -0. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { GraphBuilder, runGraph } from "./graphs.ts";

/** Few numbers that many compare with in all ways, so that zeros, infinities and NaN are often the answer. */
const number = fc.constantFrom(NaN, 0, -0, 1, -1, Infinity, -Infinity, 2 ** -149, -(2 ** -149));

/** Groups of numbers of one kind, among them those of zeros alone. */
const numbers = (length: number) => {
  const kinds = fc.uniqueArray(number, { minLength: 1, maxLength: 4, comparator: "SameValue" });
  return kinds.chain((kind) =>
    fc.array(fc.constantFrom(...kind), { minLength: length, maxLength: length, size: "max" }),
  );
};

const extremes = fc.constantFrom<["Max" | "Min", typeof Math.max]>(["Max", Math.max], ["Min", Math.min]);

/** As it is, and with the other sign, which NaN has as well. */
const signs = fc.boolean();

const isSame = (found: readonly number[], exact: readonly number[]) =>
  found.length === exact.length && found.every((value, i) => Object.is(value, exact[i]));

test("of rows and of columns, whatever their length", () => {
  const shapes = fc.tuple(
    fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(600)),
    fc.integer({ min: 1, max: 40 }),
  );
  const cases = shapes.chain(([rows, columns]) =>
    fc.record({ rows: fc.constant(rows), columns: fc.constant(columns), x: numbers(rows * columns) }),
  );
  fc.assert(
    fc.property(cases, extremes, signs, ({ rows, columns, x }, [kernel, exactly], isNegative) => {
      const g = new GraphBuilder();
      const shape = [rows, columns];
      const given = g.parameter(shape);
      const used = isNegative ? g.kernel("Neg", { x: given }, shape) : given;
      const along = (axes: number[], kept: number[]) =>
        g.kernel(kernel, { x: used }, kept, { reductionIndices: axes, axis: axes });
      const graph = g.graph([along([1], [rows]), along([0], [columns]), along([0, 1], [])]);
      const found = runGraph(graph, [x]);
      const y = isNegative ? x.map((value) => -value) : x;
      const row = (i: number) => y.slice(i * columns, (i + 1) * columns);
      const column = (i: number) => y.filter((_, at) => at % columns === i);
      expect(
        isSame(
          found[0]!,
          Array.from({ length: rows }, (_, i) => exactly(...row(i))),
        ),
      ).toBe(true);
      expect(
        isSame(
          found[1]!,
          Array.from({ length: columns }, (_, i) => exactly(...column(i))),
        ),
      ).toBe(true);
      expect(isSame(found[2]!, [exactly(...y)])).toBe(true);
    }),
    { numRuns: 150 },
  );
});

test("of two tensors, element by element", () => {
  fc.assert(
    fc.property(numbers(64), numbers(64), extremes, signs, (x, y, [kernel, exactly], isNegative) => {
      const g = new GraphBuilder();
      const [a, b] = [g.parameter([64]), g.parameter([64])];
      const other = isNegative ? g.kernel("Neg", { x: b }, [64]) : b;
      const name = kernel === "Max" ? "Maximum" : "Minimum";
      const [found] = runGraph(g.graph([g.kernel(name, { a, b: other }, [64])]), [x, y]);
      const exact = x.map((value, i) => exactly(value, isNegative ? -y[i]! : y[i]!));
      expect(isSame(found!, exact)).toBe(true);
    }),
    { numRuns: 100 },
  );
});
