/** @file Transformations within each other give under `jit` what Flax gives. */
import { jit } from "@nnx-js/jit";
import { describe, inject, test } from "vitest";
import { expectLikeFlax } from "../../../nn/test/golden.ts";
import { CASES, REFERENCE } from "../../../nn/test/transforms/reference/cases.ts";

const isWebgpu = inject("backend") === "webgpu";
const TARGETS = isWebgpu ? (["webgpu"] as const) : (["wasm", "kernels"] as const);

describe.each(TARGETS)("the target %s", (target) => {
  // A loop whose length depends on values cannot be a list of launches.
  const isKnown = (name: string) => !(isWebgpu && /while_loop|fori_loop.nested/.test(name));
  test.each(CASES.filter(({ name }) => isKnown(name)))(
    "$name gives the outputs, state and gradients of Flax",
    async (item) => {
      await expectLikeFlax(item, REFERENCE[item.name]!, (fn) => jit(fn, { target }));
    },
  );
});
