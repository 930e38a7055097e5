/** @file What is missing or forbidden: a `.wasm` file, its type, WebAssembly, permissions. Nothing hangs, and cpu works. */
import assert from "node:assert/strict";
import { bundle } from "../esbuild.mjs";
import { tool } from "../tools.mjs";
import { start } from "./workerd.mjs";

const BROWSERS = { chromium: "Chromium", firefox: "Firefox", webkit: "WebKitGTK" };

/** For each fault of a site, how it is made, and what is said of it. */
const FAULTS = {
  missing: {
    title: "no `.wasm` file on the server",
    site: { wasm: "/nowhere" },
    said: /answers 404 for \/wasm\/.*Serve the/s,
  },
  type: { title: "a wrong MIME type", site: { wasmType: "text/plain" } },
  policy: {
    title: "a policy without `'wasm-unsafe-eval'`",
    site: { policy: "script-src 'self'" },
    said: /WebAssembly is forbidden here .* add 'wasm-unsafe-eval'/s,
    jit: /'wasm-unsafe-eval'/,
  },
};

/** Checks a report, and answers the columns of its row. */
function columns({ failed, wasm, chosen, eager, compiled, fallback }, { said, jit }) {
  assert.equal(failed, undefined);
  assert.equal(chosen.backend, said ? "cpu" : "wasm");
  if (said) {
    assert.equal(wasm.name, "BackendUnavailableError");
    assert.match(wasm.message, said);
  } else assert.equal(wasm.value, "wasm");
  assert.ok(Math.abs(fallback.value - eager) < 1e-5, JSON.stringify(fallback));
  if (jit) {
    assert.equal(compiled.name, "WebAssemblyUnavailableError");
    assert.match(compiled.message, jit);
  } else assert.ok(Math.abs(compiled.value - eager) < 1e-5, JSON.stringify(compiled));
  return {
    said: chosen.failures.wasm ?? "",
    chosen: chosen.backend,
    compiled: jit ? 'needs `fallback: "kernels"`' : "compiles",
  };
}

const inBrowser = (browser, fault) => ({
  name: `${browser}-${fault}`,
  title: `${BROWSERS[browser]}: ${FAULTS[fault].title}`,
  limit: 60,
  async run(place) {
    const { site } = FAULTS[fault];
    const built = await bundle(place.folder);
    return columns(await place.visit({ browser, plan: { refuse: true }, ...built, ...site }), FAULTS[fault]);
  },
});

const PLAN = { refuse: true };

export const rows = [
  ...Object.keys(BROWSERS).flatMap((browser) =>
    Object.keys(FAULTS).map((fault) => inBrowser(browser, fault)),
  ),
  {
    name: "node-jitless",
    title: "Node: `--jitless`",
    limit: 60,
    run: async (place) =>
      columns(await place.printed(process.execPath, ["--jitless", "main.mjs"], PLAN), {
        said: /there is no WebAssembly here/,
        jit: /this engine has no WebAssembly/,
      }),
  },
  {
    name: "deno-unread",
    title: "Deno: without `--allow-read`",
    limit: 60,
    async run(place) {
      const deno = `${await tool("deno@2")}/node_modules/.bin/deno`;
      const args = ["run", "--no-prompt", "--allow-env=PLAN", "main.mjs"];
      return columns(await place.printed(deno, args, PLAN), { said: /Requires read access to/ });
    },
  },
  {
    name: "workerd-wasm",
    title: "workerd: WebAssembly made while it runs",
    limit: 120,
    async run(place) {
      const worker = await start(place);
      return columns(await worker.report(PLAN), {
        said: /Cloudflare's workers/,
        jit: /deployed with the program/,
      });
    },
  },
];
