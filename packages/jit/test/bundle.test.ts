/** @file Bundles: who does not choose a backend does not load what compiles for it. */
import { describe, expect, test } from "vitest";
import { bundle, byArrival } from "../../../test-env/bundle.ts";

/** Found in the code of one target only. */
const MARKS = {
  wasm: "expected a backend whose values can be read at once for the target wasm",
  webgpu: "@compute @workgroup_size",
};

/** The files of an app that compiles functions: what it begins with, and what it loads later. */
async function bundled(code: string, external: readonly string[] = []) {
  return byArrival(await bundle(code, { external: [/^@tensorflow\//, "webgpu", ...external] }));
}

const APP = 'import { jit } from "@nnx-js/jit"; globalThis.f = jit((x) => x);';

describe.each(["wasm", "webgpu"] as const)("the target %s", (name) => {
  const has = ({ code }: { readonly code: string }): boolean => code.includes(MARKS[name]);

  test("is in a file of its own, which is loaded with the backend", async () => {
    const { atOnce, later } = await bundled(APP);
    expect(atOnce.some(has)).toBe(false);
    expect(later.filter(has)).toHaveLength(1);
  });

  test("can be left out, and be there from the beginning", async () => {
    const without = await bundled(APP, [`@nnx-js/jit/${name}`]);
    expect([...without.atOnce, ...without.later].some(has)).toBe(false);
    const { atOnce } = await bundled(`import "@nnx-js/jit/${name}"; ${APP}`);
    expect(atOnce.some(has)).toBe(true);
  });
});
