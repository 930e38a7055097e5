import { renderCurve } from "@nnx-js/train";
import fc from "fast-check";
import { DOMParser } from "linkedom";
import { expect, test } from "vitest";

const loss = { name: "loss", steps: [0, 10, 20], values: [1, 0.5, 0.25] };

/** Parses the picture: what is no XML throws. */
const parsed = (svg: string) => new DOMParser().parseFromString(svg, "image/svg+xml");
const pointsOf = (line: Pick<Element, "getAttribute">) =>
  line
    .getAttribute("points")!
    .split(" ")
    .map((point) => point.split(",").map(Number));

test("a curve goes from the left to the right, and down as its values do", () => {
  const document = parsed(renderCurve(loss, { title: "a < b & c" }));
  const [line] = document.querySelectorAll("polyline");
  const points = pointsOf(line);
  expect(points.map(([x]) => x)).toEqual([56, 340, 624]);
  const [first, second, third] = points.map(([, y]) => y!) as [number, number, number];
  expect(first).toBeLessThan(second);
  expect((second - first) / (third - second)).toBeCloseTo(2, 1);
  expect(document.querySelector("title")!.textContent).toBe("a < b & c");
  expect(document.querySelectorAll("text").length).toBeGreaterThan(8);
});

test("on a logarithmic axis halves are equally far apart, and zeros are left out", () => {
  const document = parsed(renderCurve({ ...loss, steps: [0, 10, 20, 30], values: [1, 0.5, 0.25, 0] }, { log: true })); // prettier-ignore
  const [first, second, third, ...rest] = pointsOf(document.querySelector("polyline")).map(([, y]) => y!); // prettier-ignore
  expect(rest).toEqual([]);
  expect(second! - first!).toBeCloseTo(third! - second!, 1);
});

test("gaps, single points, no points, equal values", () => {
  const gap = parsed(renderCurve({ name: "x", steps: [1, 2, 3, 4], values: [1, 2, NaN, 3] }));
  expect(gap.querySelectorAll("polyline")).toHaveLength(1);
  expect(gap.querySelectorAll("circle")).toHaveLength(1);
  for (const values of [[], [5], [0, 0]]) {
    const svg = renderCurve([{ name: "x", steps: values.map((_, i) => i), values }], {
      log: values[0] === 5,
    });
    expect(svg).not.toContain("NaN");
    expect(svg).not.toContain("Infinity");
  }
});

const EXTREMES = [
  0,
  5e-324,
  -5e-324,
  1,
  -1e-300,
  1e300,
  1.7e308,
  -1.7e308,
  Number.MAX_VALUE,
  -Number.MAX_VALUE,
];

test("numbers of every size have a place in the picture", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(...[0, 1].map(() => fc.oneof(fc.constantFrom(...EXTREMES), fc.double()))), { minLength: 1, maxLength: 6 }), // prettier-ignore
      fc.boolean(),
      (points, log) => {
        const curve = { name: "x", steps: points.map(([x]) => x!), values: points.map(([, y]) => y!) };
        const svg = renderCurve(curve, { log });
        expect(svg).not.toMatch(/NaN|Infinity/);
        for (const line of parsed(svg).querySelectorAll("polyline")) {
          for (const [x, y] of pointsOf(line)) {
            expect(x).toBeGreaterThanOrEqual(55.99);
            expect(x).toBeLessThanOrEqual(624.01);
            expect(y).toBeGreaterThanOrEqual(35.99);
            expect(y).toBeLessThanOrEqual(320.01);
          }
        }
      },
    ),
  );
  expect(renderCurve({ name: "x", steps: [0, 1], values: [-1.7e308, 1.7e308] })).toContain(">1e308<");
});

test("many points take little room, and no peak is lost", () => {
  const steps = Array.from({ length: 200_000 }, (_, i) => i);
  const values = steps.map((i) => Math.sin(i / 3000) + (i === 123_456 ? 5 : i === 77_777 ? -5 : 0));
  const svg = renderCurve({ name: "x", steps, values });
  expect(svg.length).toBeLessThan(60_000);
  const points = pointsOf(parsed(svg).querySelector("polyline"));
  const ys = points.map(([, y]) => y!);
  const zero = ys[0]!;
  const [peak, trough] = [zero - Math.min(...ys), Math.max(...ys) - zero];
  expect(peak / trough).toBeCloseTo(values[123_456]! / -values[77_777]!, 2);
  expect(peak + trough).toBeGreaterThan(200);
  expect(points[0]![0]).toBe(56);
  expect(points.at(-1)![0]).toBe(624);
  // The curve goes from left to right.
  for (const [i, [x]] of points.slice(1).entries()) expect(x).toBeGreaterThanOrEqual(points[i]![0]!);
});

test("what are no curves", () => {
  expect(() => renderCurve(undefined as unknown as [])).toThrow("renderCurve: expected curves");
  expect(() => renderCurve({ name: "x", steps: [1], values: [] })).toThrow("with as many values as steps");
});
