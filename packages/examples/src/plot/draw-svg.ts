/** @file Draws an Observable Plot description as one SVG text that stands alone, with no browser. */
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

/** What every chart needs to be read on its own. */
export interface ChartText {
  /** The line above the chart. */
  title: string;
  /** What the horizontal axis shows. */
  xLabel: string;
  /** What the vertical axis shows. */
  yLabel: string;
}

/**
 * The chart as an SVG text: title inside, white behind, every style an attribute, so that a browser,
 * an editor and a renderer without CSS show the same picture.
 *
 * @param title the line above the chart
 * @param options as `Plot.plot` takes them; sizes in pixels
 */
export function drawSvg(title: string, options: Plot.PlotOptions): string {
  const { document } = parseHTML("<html><body></body></html>");
  const titleMark = Plot.text([title], {
    frameAnchor: "top-left",
    dx: 8 - (options.marginLeft ?? MARGINS.marginLeft),
    dy: 12 - MARGINS.marginTop,
    fontSize: 15,
    fontWeight: "bold",
    // Once, where a chart is made of several.
    facet: "super",
  });
  const svg = Plot.plot({
    ...MARGINS,
    ...options,
    document,
    marks: [...(options.marks ?? []), titleMark],
  });
  // The style sheet uses selectors that only browsers know; the attributes below stand in for it.
  svg.querySelector("style")?.remove();
  setAttributes(svg, ROOT);
  const background = document.createElementNS(SVG, "rect");
  setAttributes(background, { width: "100%", height: "100%", fill: "white" });
  svg.prepend(background);
  return `${svg.outerHTML}\n`;
}

/** Room around the plotted area for the title, ticks and labels, in pixels. */
export const MARGINS = { marginTop: 48, marginRight: 24, marginBottom: 44, marginLeft: 64 };

const SVG = "http://www.w3.org/2000/svg";

/** Dark text in a font as wide as Helvetica and Arial, so that labels fit whichever is there. */
const ROOT = {
  xmlns: SVG,
  "font-family": "Arimo, Helvetica, Arial, sans-serif",
  "font-size": "12",
  color: "#222",
};

function setAttributes(element: Element, attributes: Record<string, string>): void {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
}
