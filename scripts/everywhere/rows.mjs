/** @file All rows of the table, in its order. */
import { rows as browsers } from "./rows/browsers.mjs";
import { rows as esbuild } from "./rows/esbuild.mjs";
import { rows as hermes } from "./rows/hermes.mjs";
import { rows as next } from "./rows/next.mjs";
import { rows as parcel } from "./rows/parcel.mjs";
import { rows as refusals } from "./rows/refusals.mjs";
import { rows as rollup } from "./rows/rollup.mjs";
import { rows as runtimes } from "./rows/runtimes.mjs";
import { rows as typescript } from "./rows/typescript.mjs";
import { rows as vite } from "./rows/vite.mjs";
import { rows as webpack } from "./rows/webpack.mjs";
import { rows as workerd } from "./rows/workerd.mjs";

/** The parts of the table. */
export const PARTS = {
  runtimes: [...runtimes, ...workerd, ...hermes],
  browsers,
  bundlers: [...vite, ...webpack, ...rollup, ...esbuild, ...parcel, ...next],
  refusals,
  typescript,
};
