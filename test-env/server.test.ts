/** @file On a server, importing any of the packages does nothing: no backend, no timer, no global that was not there. */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleOne } from "./bundle.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nnx-server-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The addresses under which published packages are imported. */
async function addresses(): Promise<string[]> {
  const found: string[] = [];
  for (const name of await readdir(join(root, "packages"))) {
    const text = await readFile(join(root, "packages", name, "package.json"), "utf8");
    const {
      name: own,
      private: isPrivate,
      exports = {},
    } = JSON.parse(text) as {
      name: string;
      private?: boolean;
      exports?: Record<string, unknown>;
    };
    if (isPrivate) continue;
    for (const path of Object.keys(exports)) if (!path.endsWith(".json")) found.push(own + path.slice(1));
  }
  return found.toSorted();
}

/** What must not change: where anything global would show, and what would run on. */
const WATCH = `
  const built = [Object, Function, Array, String, Number, Symbol, Promise, Map, Set, Error, ArrayBuffer, Float32Array];
  const places = { globalThis, process, console, Math, JSON, ...Object.fromEntries(built.flatMap((one) => [[one.name, one], [one.name + ".prototype", one.prototype]])) };
  const state = () => {
    const seen = new Map();
    for (const [name, place] of Object.entries(places)) {
      for (const key of Reflect.ownKeys(place)) {
        const { value, get } = Object.getOwnPropertyDescriptor(place, key);
        seen.set(name + "." + String(key), get ?? value);
      }
    }
    for (const event of process.eventNames()) seen.set("listeners of " + String(event), process.listenerCount(event));
    seen.set("running", process.getActiveResourcesInfo().filter((kind) => kind !== "CloseReq").toSorted().join());
    seen.set("backends", Object.keys(tf.engine().registry).join());
    seen.set("backend", tf.engine().backendName);
    seen.set("tensors", tf.engine().state.numTensors);
    return seen;
  };
  const began = [];
  const trap = (place, name) => {
    const own = place[name];
    if (typeof own !== "function") return;
    place[name] = new Proxy(own, {
      apply: (fn, self, args) => (began.push(name), Reflect.apply(fn, self, args)),
      construct: (fn, args) => (began.push("new " + name), Reflect.construct(fn, args)),
    });
  };
  for (const name of ["fetch", "setTimeout", "setInterval", "setImmediate", "MessageChannel", "BroadcastChannel", "Worker"]) trap(globalThis, name);
  for (const name of ["Module", "Instance", "Memory", "compile", "instantiate", "instantiateStreaming"]) trap(WebAssembly, name);
  for (const name of ["log", "warn", "error", "info"]) trap(console, name);`;

test("no package does anything when it is imported", { timeout: 120_000 }, async () => {
  const names = await addresses();
  expect(names).toContain("@nnx-js/train");
  const code = `
    import * as tf from "@tensorflow/tfjs-core";
    // Node loads these when they are looked at.
    if (![TextEncoder, TextDecoder, performance, crypto].every(Boolean)) throw new Error("an old Node");
    ${WATCH}
    const changes = {};
    const packages = [${names.map((name) => `["${name}", () => import("${name}")]`).join(",")}];
    for (const [name, load] of packages) {
      const before = state();
      await load();
      const after = state();
      const keys = new Set([...before.keys(), ...after.keys()]);
      changes[name] = [...keys].filter((key) => !Object.is(before.get(key), after.get(key)));
    }
    process.stdout.write(JSON.stringify({ changes, began }));`;
  const external = [/^@tensorflow\/tfjs-backend-/, "webgpu", "cli-progress", "fast-png"];
  const file = join(folder, "server.mjs");
  await writeFile(file, await bundleOne(code, { external, isServer: true }));
  // A process that has nothing to do any more ends by itself.
  const { stdout } = await promisify(execFile)(process.execPath, [file], { timeout: 20_000 });
  expect(JSON.parse(stdout)).toEqual({
    changes: Object.fromEntries(names.map((name) => [name, []])),
    began: [],
  });
});
