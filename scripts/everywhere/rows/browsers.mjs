/** @file Pages and workers in browsers, from one bundle of esbuild, cross-origin isolated and not, with a strict policy. */
import { bundle } from "../esbuild.mjs";
import { columnsOf } from "../expect.mjs";

/** Nothing that is not needed: no evaluated code, no workers but those of the site. */
const STRICT =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'";

const BROWSERS = {
  chromium: { title: "Chromium", backends: ["cpu", "wasm", "webgl", "webgpu"] },
  firefox: { title: "Firefox", backends: ["cpu", "wasm"] },
  // Its isolated pages have no SharedArrayBuffer, and none has a private file system.
  webkit: {
    title: "WebKitGTK",
    backends: ["cpu", "wasm"],
    inPages: ["webgl"],
    isThreaded: false,
    path: "indexeddb://run.safetensors",
  },
};

const KINDS = {
  page: { title: "page", threads: true },
  worker: { title: "worker", worker: true, threads: true },
  unisolated: { title: "page that is not isolated", site: { isolated: false }, threads: false },
  strict: { title: "page with a strict policy", site: { policy: STRICT }, threads: false },
};

function row(browser, kind) {
  const { title, inPages = [], isThreaded = true, path = "opfs://run.safetensors" } = BROWSERS[browser];
  const { title: where, worker, site, threads } = KINDS[kind];
  const backends = [...BROWSERS[browser].backends, ...(worker ? [] : inPages)];
  return {
    name: kind === "page" ? browser : `${browser}-${kind}`,
    title: `${title}, ${where}`,
    limit: 240,
    async run(place) {
      const { version } = await place.browsers.get(browser);
      const built = await bundle(place.folder);
      const plan = { backends, path, worker };
      const report = await place.visit({ browser, plan, ...built, ...site });
      return { version, ...columnsOf(report, { backends, threads: threads && isThreaded, file: true }) };
    },
  };
}

export const rows = Object.keys(BROWSERS).flatMap((browser) =>
  Object.keys(KINDS).map((kind) => row(browser, kind)),
);
