/** @file Line charts: what the SVG holds, and that bad or few values still give a picture. */
import { parseHTML } from "linkedom";
import { expect, test } from "vitest";
import { lineChart } from "../../src/plot/line-chart.ts";
import { renderPng } from "../../src/plot/write-chart.ts";

const text = { title: "Loss <over> time", xLabel: "epoch", yLabel: "cross entropy" };

function read(svg: string) {
  const { document } = parseHTML(`<html><body>${svg}</body></html>`);
  const all = (selector: string) => [...document.querySelectorAll(selector)];
  return {
    lines: all('[aria-label="line"] path').map((path) => path.getAttribute("d") ?? ""),
    dots: all('[aria-label="dot"] circle').length,
    texts: all("text").map((node) => node.textContent),
  };
}

test("the chart shows its title, both axis labels and a line through every point", () => {
  const { lines, texts } = read(lineChart([{ name: "test", values: [3, 2, 1] }], text));
  expect(texts).toEqual(expect.arrayContaining(["Loss <over> time", "epoch", "cross entropy"]));
  expect(lines).toHaveLength(1);
  expect(lines[0]?.match(/[ML]/g)).toEqual(["M", "L", "L"]);
});

test("the SVG stands alone: a namespace, a white background and no style sheet", () => {
  const svg = lineChart([{ name: "test", values: [3, 2, 1] }], text);
  expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
  expect(svg).toMatch(/^<svg [^>]*><rect [^>]*fill="white"/);
  expect(svg).not.toContain("<style");
});

test("several series get a line and a name each, a single one needs no name", () => {
  const series = [
    { name: "train", values: [3, 2, 1] },
    { name: "test", values: [4, 3, 3], x: [0, 1, 2] },
  ];
  const both = read(lineChart(series, text));
  expect(both.lines).toHaveLength(2);
  expect(both.texts).toEqual(expect.arrayContaining(["train", "test"]));
  expect(read(lineChart(series.slice(0, 1), text)).texts).not.toContain("train");
});

test("values that are not finite break the line, and a point left alone becomes a dot", () => {
  const { lines, dots } = read(lineChart([{ name: "loss", values: [5, 4, NaN, 3, Infinity, 2, 1] }], text));
  expect(lines.join("").match(/M/g)).toHaveLength(3);
  expect(dots).toBe(1);
});

test.each([
  ["no value", []],
  ["one value", [0.5]],
  ["equal values", [2, 2, 2]],
  ["no finite value", [NaN, Infinity]],
])("a series of %s still gives a picture", (_, values) => {
  const svg = lineChart([{ name: "loss", values }], text);
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  expect(renderPng(svg).length).toBeGreaterThan(1000);
});
