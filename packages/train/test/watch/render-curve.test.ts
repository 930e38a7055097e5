import { renderCurve } from "@nnx-js/train";
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

test("what are no curves", () => {
  expect(() => renderCurve(undefined as unknown as [])).toThrow("renderCurve: expected curves");
  expect(() => renderCurve({ name: "x", steps: [1], values: [] })).toThrow("with as many values as steps");
});
