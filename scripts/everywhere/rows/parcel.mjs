/** @file Parcel 2: its build and its development server. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { npm } from "../../lib/packed.mjs";
import { bundlerRow } from "../bundler-row.mjs";
import { freePort, untilServed } from "../ports.mjs";
import { tool, versionIn } from "../tools.mjs";

/** What Parcel puts in the place of parts of Node; it would install them by itself, after a question. */
const POLYFILLS = ["process@0.11", "buffer@6", "string_decoder@1"];
const SETTINGS = {
  // Without it Parcel knows nothing of what packages export.
  "@parcel/resolver-default": { packageExports: true },
  // Parcel fails where an optional package is missing, of which others only warn.
  alias: { h5wasm: false, fflate: false },
};

async function prepare(place) {
  await npm(place.installed, "install", "--no-save", ...POLYFILLS);
  // The folder of the lockfile is Parcel's project, whose settings count for all packages.
  const path = join(place.installed, "package.json");
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), ...SETTINGS }));
  const folder = await tool("parcel@2");
  return {
    bin: join(folder, "node_modules", "parcel", "lib", "bin.js"),
    version: versionIn(folder, "parcel"),
  };
}

async function production(place, options) {
  const { bin, version } = await prepare(place);
  const args = ["build", "index.html", "--no-cache", "--no-autoinstall", "--dist-dir", "dist", ...options];
  await place.output(process.execPath, [bin, ...args]);
  return { folder: join(place.folder, "dist"), version };
}

async function development(place) {
  const { bin, version } = await prepare(place);
  const port = await freePort();
  const args = ["serve", "index.html", "--port", String(port), "--no-cache", "--no-autoinstall", "--no-hmr"];
  place.start(process.execPath, [bin, ...args], { stdio: "ignore" });
  await untilServed(port);
  return { upstream: port, version };
}

export const rows = [
  bundlerRow({
    name: "parcel",
    title: "Parcel, production, with source maps, `--no-scope-hoist`",
    build: (place) => production(place, ["--no-scope-hoist"]),
  }),
  bundlerRow({
    name: "parcel-hoisted",
    title: "Parcel, production, without a worker",
    worker: false,
    build: (place) => production(place, []),
  }),
  bundlerRow({ name: "parcel-dev", title: "Parcel, development server", build: development }),
];
