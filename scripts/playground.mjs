/**
 * @file `npm run playground`: installs, builds the page on which models train, and serves it. `-- --no-isolation`
 * serves it without the headers that shared memory needs, `-- --port 8080` on another port, `-- --build` only builds.
 */
import { parseArgs } from "node:util";
import "./lib/node-version.mjs";
import { install } from "./lib/install.mjs";
import { root } from "./lib/run.mjs";

const FOLDER = `${root}/packages/playground`;

const { values } = parseArgs({
  options: {
    "no-isolation": { type: "boolean", default: false },
    port: { type: "string", default: "4173" },
    build: { type: "boolean", default: false },
  },
});

await install();

const { build, preview } = await import("vite");
await build({ root: FOLDER, logLevel: "error" });
if (!values.build) {
  const server = await preview({
    root: FOLDER,
    // Of the options here and those of the file, both count: an empty object would leave the headers in place.
    ...(values["no-isolation"] && {
      configFile: false,
      base: "./",
      appType: "mpa",
      build: { outDir: "dist/page" },
    }),
    preview: { port: Number(values.port) },
  });
  const threads = values["no-isolation"] ? "not isolated: threads are off" : "cross-origin isolated";
  console.log(`The playground is at ${server.resolvedUrls.local[0]} (${threads}); Ctrl-C ends it.`);
}
