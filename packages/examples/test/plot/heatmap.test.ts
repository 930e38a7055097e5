/** @file Heat maps: every count in its cell, rows shaded by their own share. */
import { parseHTML } from "linkedom";
import { expect, test } from "vitest";
import { heatmap } from "../../src/plot/heatmap.ts";

const text = { title: "Confusion", xLabel: "predicted", yLabel: "true" };

function cells(svg: string) {
  const { document } = parseHTML(`<html><body>${svg}</body></html>`);
  const rects = [...document.querySelectorAll('[aria-label="cell"] rect')];
  const texts = [...document.querySelectorAll("text")].map((node) => node.textContent);
  return { fills: rects.map((rect) => rect.getAttribute("fill")), texts };
}

test("counts, names and labels are written, and empty cells stay empty", () => {
  const { fills, texts } = cells(
    heatmap(
      [
        [12, 3],
        [0, 45],
      ],
      { ...text, labels: ["cat", "dog"] },
    ),
  );
  expect(fills).toHaveLength(4);
  expect(texts).toEqual(
    expect.arrayContaining(["Confusion", "predicted", "true", "cat", "dog", "12", "3", "45"]),
  );
  expect(texts).not.toContain("0");
});

test("a cell is shaded by its share of the row, so that rare classes show as well", () => {
  const { fills } = cells(
    heatmap(
      [
        [900, 100],
        [1, 9],
      ],
      text,
    ),
  );
  expect(fills[0]).toBe(fills[3]);
  expect(fills[1]).toBe(fills[2]);
  expect(fills[0]).not.toBe(fills[1]);
});

test("a class without a single example is drawn, unshaded", () => {
  const { fills } = cells(
    heatmap(
      [
        [0, 0],
        [0, 4],
      ],
      text,
    ),
  );
  expect(fills[0]).toBe(fills[1]);
  expect(fills.join()).not.toContain("NaN");
});
