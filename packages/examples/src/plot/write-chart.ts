/** @file Writes a chart to a folder twice: as SVG for pages and as PNG for everything else. */
import { Resvg } from "@resvg/resvg-js";
import { mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

/** Where the two pictures of a chart are. */
export interface ChartFiles {
  /** Path of the vector picture. */
  svg: string;
  /** Path of the bitmap, at twice the size in pixels. */
  png: string;
}

/**
 * Writes `<folder>/<name>.svg` and `<folder>/<name>.png`, making the folder where there is none.
 *
 * @param svg a chart of `lineChart` or `heatmap`
 */
export async function writeChart(name: string, svg: string, folder: string): Promise<ChartFiles> {
  const files = { svg: join(folder, `${name}.svg`), png: join(folder, `${name}.png`) };
  await mkdir(folder, { recursive: true });
  await Promise.all([writeFile(files.svg, svg), writeFile(files.png, renderPng(svg))]);
  return files;
}

/** The PNG bytes of an SVG text at twice its size. The font comes along: a server may have none. */
export function renderPng(svg: string): Uint8Array {
  const font = { loadSystemFonts: false, fontFiles: FONT_FILES, defaultFontFamily: "Arimo" };
  return new Resvg(svg, { font, fitTo: { mode: "zoom", value: 2 } }).render().asPng();
}

const { resolve } = createRequire(import.meta.url);
const FONT_FILES = ["400Regular/Arimo_400Regular.ttf", "700Bold/Arimo_700Bold.ttf"].map((file) =>
  resolve(`@expo-google-fonts/arimo/${file}`),
);
