/** @file What loading a backend leaves behind in the process. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { Programs } from "../registry/programs.ts";

let programs: Programs;
beforeAll(async () => {
  programs = await Programs.open();
});
afterAll(() => programs.close());

const OWN = `
  const own = [(error) => { throw error; }, (reason) => { throw reason; }];
  process.on("uncaughtException", own[0]);
  process.on("unhandledRejection", own[1]);`;
const CHECK = `
  const left = ["uncaughtException", "unhandledRejection"].flatMap((event) => process.listeners(event));
  print(left.length === own.length && left.every((listener, i) => listener === own[i]));`;
const IMPORTS = `
  import * as tf from "@tensorflow/tfjs-core";
  import "@tensorflow/tfjs-backend-wasm";`;
const OURS = `import { useBackend } from "./tensor.mjs";`;

test.each([
  ["useBackend", `${OURS} ${OWN} await useBackend("wasm");`],
  ["tf.setBackend", `${OURS} ${OWN} await tf.setBackend("wasm");`],
  ["tf.ready", `${OURS} ${OWN} await tf.ready();`],
  ["a backend of before", `${OWN} await tf.setBackend("wasm"); await import("./tensor.mjs");`],
  [
    "a backend on its way",
    `${OWN} const ready = tf.setBackend("wasm"); await import("./tensor.mjs"); await ready;`,
  ],
  [
    "a failure",
    `${OURS} ${OWN} await useBackend("wasm", { wasmPaths: "/nowhere/" }).then(() => print("?"), () => {});`,
  ],
])("%s leaves the listeners that were there", async (_, code) => {
  expect((await programs.run(`${IMPORTS} ${code} ${CHECK}`)).result).toBe(true);
});

test("an uncaught error prints its own line, not Emscripten's code", async () => {
  const code = `${OURS} await useBackend("wasm"); print(0); setTimeout(() => { throw new Error("mine"); });`;
  const failure: unknown = await programs.run(code).catch((error: unknown) => error);
  const { stderr } = failure as { stderr: string };
  expect(stderr).toContain("Error: mine");
  expect(stderr.length).toBeLessThan(1000);
});

test("after a failure, other wasmPaths work", async () => {
  const dist = `new URL("./node_modules/@tensorflow/tfjs-backend-wasm/dist", import.meta.url).pathname`;
  const code = `${OURS} import * as tf from "@tensorflow/tfjs-core";
    const { fetch } = globalThis;
    const failure = await useBackend("wasm", { wasmPaths: "/nowhere/" }).catch((error) => error.message);
    const { backend } = await useBackend("wasm", { wasmPaths: ${dist} });
    print({ failure, backend, two: tf.add(1, 1).dataSync()[0], same: fetch === globalThis.fetch });`;
  const { result } = await programs.run(code);
  expect(result).toEqual({
    failure: expect.stringMatching(
      /ENOENT.*\/nowhere\/tfjs-backend-wasm-simd\.wasm.*useBackend\("wasm", \{ wasmPaths: "\/path\/to\/dist\/" \}\)/s,
    ),
    backend: "wasm",
    two: 2,
    same: true,
  });
});

test("after a failure with wasmPaths, the files beside the package are found without them", async () => {
  const code = `${OURS} import * as tf from "@tensorflow/tfjs-core";
    const failed = await useBackend("wasm", { wasmPaths: "/nowhere/" }).then(() => false, () => true);
    const { backend } = await useBackend("wasm");
    print({ failed, backend, two: tf.add(1, 1).dataSync()[0] });`;
  const { result } = await programs.run(code);
  expect(result).toEqual({ failed: true, backend: "wasm", two: 2 });
});
