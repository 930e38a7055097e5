/** @file Looks at the WebGL renderer of this browser. */
import * as tf from "@tensorflow/tfjs-core";
import { isSoftwareRenderer, softwareReason } from "./software-renderer.ts";

/** The parts of a canvas and its context that are used here: this package is compiled without the DOM's types. */
interface Canvas {
  getContext(kind: string): WebGl | null;
}

interface WebGl {
  getExtension(name: string): { UNMASKED_RENDERER_WEBGL: number; loseContext(): void } | null;
  getParameter(name: number): unknown;
}

interface Browser {
  OffscreenCanvas?: new (width: number, height: number) => Canvas;
  document?: { createElement(name: string): Canvas };
}

/** Throws, with the reason, unless there is a WebGL that may be used. */
export function prepareWebGl(allowSoftware: boolean): void {
  if (!tf.device_util.isBrowser()) {
    throw new Error('webgl is for browsers; elsewhere use "wasm" or "webgpu"');
  }
  const { OffscreenCanvas, document } = globalThis as Browser;
  // Cloudflare's workers look like those of browsers.
  if (!OffscreenCanvas && !document) {
    throw new Error("webgl needs a canvas, and there is neither OffscreenCanvas nor a document here");
  }
  // WebKit may have an OffscreenCanvas that gives none, and a document whose canvases do.
  const context =
    contextOf(OffscreenCanvas && new OffscreenCanvas(1, 1)) ?? contextOf(document?.createElement("canvas"));
  if (!context) {
    throw new Error(
      "this browser gives no WebGL context: check that graphics acceleration is on (chrome://gpu)",
    );
  }
  const info = context.getExtension("WEBGL_debug_renderer_info");
  const renderer = info ? String(context.getParameter(info.UNMASKED_RENDERER_WEBGL)) : "";
  // Browsers allow few contexts at a time.
  context.getExtension("WEBGL_lose_context")?.loseContext();
  if (isSoftwareRenderer(renderer) && !allowSoftware) throw new Error(softwareReason("webgl", renderer));
}

function contextOf(canvas: Canvas | undefined): WebGl | undefined {
  return canvas?.getContext("webgl2") ?? canvas?.getContext("webgl") ?? undefined;
}
