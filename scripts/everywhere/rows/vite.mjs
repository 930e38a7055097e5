/** @file Vite: its development server, and its builds. */
import { join } from "node:path";
import { build, createServer, version } from "vite";
import { bundlerRow } from "../bundler-row.mjs";

const common = (folder) => ({
  root: folder,
  configFile: false,
  logLevel: "error",
  worker: { format: "es" },
});

async function production(place, sourcemap) {
  await build({
    ...common(place.folder),
    build: { sourcemap, rolldownOptions: { input: join(place.folder, "index.html") } },
  });
  return { folder: join(place.folder, "dist") };
}

async function development(place) {
  const server = await createServer({
    ...common(place.folder),
    cacheDir: join(place.folder, ".vite"),
    server: { port: 0, hmr: false, fs: { strict: false } },
  });
  place.atEnd(() => server.close());
  await server.listen();
  return { upstream: server.httpServer.address().port };
}

export const rows = [
  bundlerRow({ name: "vite", title: "Vite", version, build: (place) => production(place, false) }),
  bundlerRow({
    name: "vite-maps",
    title: "Vite, with source maps",
    version,
    build: (place) => production(place, true),
  }),
  bundlerRow({ name: "vite-dev", title: "Vite, development server", version, build: development }),
];
