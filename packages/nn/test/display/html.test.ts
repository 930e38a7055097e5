import { display, Linear, Module, Param, Rngs, Sequential } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, describe, expect, test, vi } from "vitest";

const JUPYTER = Symbol.for("Jupyter.display");

interface Shown {
  [JUPYTER](): Record<string, string>;
}

const bundleOf = (value: object) => (value as Shown)[JUPYTER]();
const textOf = (html: string) =>
  html
    .replaceAll(/<style>[^]*?<\/style>/g, "")
    .replaceAll(/<[^>]*>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");

class Tricky extends Module {
  readonly layers = [new Linear(2, 3, { rngs: new Rngs(0) })];
  readonly "<img src=x onerror=alert(1)>" = new Param(tf.ones([1]));
  readonly note = `</span><script>alert("&")</script>'`;
  readonly again = this.layers[0];
  forward(x: tf.Tensor): tf.Tensor {
    return x;
  }
}

describe("a node in a notebook", () => {
  test("shows itself as HTML and as text", () => {
    const model = new Sequential(new Linear(2, 3, { rngs: new Rngs(0) }));
    const bundle = bundleOf(model);
    expect(Object.keys(bundle)).toEqual(["text/plain", "text/html"]);
    expect(bundle["text/plain"]).toBe(String(model));
    expect(textOf(bundle["text/html"]!)).toBe(String(model).replaceAll(/\n */g, ""));
  });

  test("has levels that open and close, without scripts or anything from elsewhere", () => {
    const html = bundleOf(new Tricky())["text/html"]!;
    expect(html.match(/<details/g)).toHaveLength(3);
    expect(html.match(/<details open/g)).toHaveLength(2);
    expect(html).not.toMatch(/<script|<link|https?:|src=x>/);
  });

  test("has all text escaped", () => {
    const model = new Tricky();
    const html = bundleOf(model)["text/html"]!;
    expect(html).toContain("&lt;img src=x onerror=alert(1)&gt;");
    expect(textOf(html)).toBe(String(model).replaceAll(/\n */g, ""));
    const tags = new Set([...html.matchAll(/<\/?([a-z]+)/g)].map(([, tag]) => tag));
    expect(tags).toEqual(new Set(["details", "div", "span", "style", "summary"]));
  });
});

describe("display", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  test("prints text on a console", () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    const layer = new Linear(1, 1, { rngs: new Rngs(0) });
    display(layer, 3);
    expect(log.mock.calls).toEqual([[String(layer)], ["3"]]);
  });

  test("gives HTML to the notebook of Deno", () => {
    const shown: Shown[] = [];
    vi.stubGlobal("Deno", { jupyter: { display: async (value: Shown) => void shown.push(value) } });
    const layer = new Linear(1, 1, { rngs: new Rngs(0) });
    display(layer);
    expect(shown[0]![JUPYTER]()).toEqual(bundleOf(layer));
  });
});
