/** @file Chart files: both formats are written, and the bitmap shows text where no font is installed. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lineChart } from "../../src/plot/line-chart.ts";
import { renderPng, writeChart } from "../../src/plot/write-chart.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "charts-"));
});
afterEach(() => rm(folder, { recursive: true }));

const chart = (title: string) =>
  lineChart([{ name: "loss", values: [3, 2, 1] }], { title, xLabel: "epoch", yLabel: "loss" });

test("both files are written into a folder that did not exist, at twice the size in pixels", async () => {
  const svg = chart("Loss");
  const files = await writeChart("loss", svg, join(folder, "a/b"));
  expect(files).toEqual({ svg: join(folder, "a/b/loss.svg"), png: join(folder, "a/b/loss.png") });
  expect(await readFile(files.svg, "utf8")).toBe(svg);
  const png = await readFile(files.png);
  expect(png.subarray(0, 8).toString("latin1")).toBe("\x89PNG\r\n\x1a\n");
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1440, 840]);
});

test("the bitmap shows the text: another title gives another picture, no installed font needed", () => {
  expect(Buffer.compare(renderPng(chart("One")), renderPng(chart("Two")))).not.toBe(0);
  expect(Buffer.compare(renderPng(chart("One")), renderPng(chart("One")))).toBe(0);
});
