/** @file Control flow gives under `jit` what Flax gives. */
import { jit } from "@nnx-js/jit";
import { describe, inject, test } from "vitest";
import { expectLikeFlax } from "../../../nn/test/golden.ts";
import { CASES, CONTROL } from "../../../nn/test/transforms/control/cases.ts";

const isWebgpu = inject("backend") === "webgpu";
const TARGETS = isWebgpu ? (["webgpu"] as const) : (["wasm", "kernels"] as const);

describe.each(TARGETS)("the target %s", (target) => {
  // A loop whose length depends on values cannot be a list of launches.
  const isKnown = (name: string) => name in CONTROL && !(isWebgpu && name.startsWith("while_loop"));
  test.each(CASES.filter(({ name }) => isKnown(name)))(
    "$name gives the outputs, state and gradients of Flax",
    async (item) => {
      await expectLikeFlax(item, CONTROL[item.name]!, (fn) => jit(fn, { target }));
    },
  );
});
