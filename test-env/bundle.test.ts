/** @file What a bundle of a few imports is made of. */
import { expect, test } from "vitest";
import { bundle, modulesOf } from "./bundle.ts";

/** The files of `packages/nn/src` with code in any chunk of a bundle of `code`. */
async function filesOf(code: string): Promise<string[]> {
  const external = [/^@tensorflow\//, "webgpu"];
  const chunks = await bundle(code, { external, minify: false, keepsExports: true });
  return modulesOf(chunks).flatMap((id) => id.split("/packages/nn/src/")[1] ?? []);
}

test("a bundle of Linear has no other layer, and nothing that shows, captures, measures or trains", async () => {
  const files = await filesOf(`export { Linear } from "@nnx-js/nn";`);
  const below = (folder: string) => files.filter((file) => file.startsWith(`${folder}/`));
  const layers = ["checks", "linear", "options", "packed", "params", "promote-dtype"];
  expect(new Set(below("layers"))).toEqual(new Set(layers.map((name) => `layers/${name}.ts`)));
  // `toString` of a node is text, drawn by chunks that come with the backend.
  const display = ["describe", "render", "shown", "tally", "tree"];
  expect(new Set(below("display"))).toEqual(new Set(display.map((name) => `display/${name}.ts`)));
  expect(below("capture")).toEqual(["capture/recorder.ts"]);
  const others = ["activations", "losses", "modes", "select", "summary", "training", "transforms"];
  expect(others.flatMap(below)).toEqual([]);
});

test("the HTML of notebooks comes with display", async () => {
  const files = await filesOf(`export { display } from "@nnx-js/nn";`);
  expect(files).toEqual(expect.arrayContaining(["display/html.ts", "display/notebook.ts"]));
});
