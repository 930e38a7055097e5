/** @file Colours of the style sheet for what is painted on a canvas. */
import { signal } from "@preact/signals";

const dark = globalThis.matchMedia?.("(prefers-color-scheme: dark)");

/** Changes with the colour scheme: who paints reads it, to paint anew. */
export const scheme = signal(dark?.matches ? "dark" : "light");

dark?.addEventListener("change", ({ matches }) => {
  scheme.value = matches ? "dark" : "light";
});

/** The value of a custom property, such as `--train`. */
export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

const reader = globalThis.document?.createElement("canvas").getContext("2d");

/** A colour, however it is written, as three numbers from 0 to 255. */
export function rgb(name: string): readonly [number, number, number] {
  if (!reader) return [0, 0, 0];
  reader.fillStyle = token(name);
  // Opaque colours are read back as `#rrggbb`.
  const bits = Number.parseInt(reader.fillStyle.slice(1), 16);
  return [(bits >> 16) & 255, (bits >> 8) & 255, bits & 255];
}
