/** @file What runs in lanes gives under `jit` what Flax gives. */
import { jit } from "@nnx-js/jit";
import golden from "@nnx-js/testing/golden/transforms.json" with { type: "json" };
import { describe, inject, test } from "vitest";
import { expectLikeFlax, type LayerCase } from "../../../nn/test/golden.ts";
import { VMAP } from "../../../nn/test/transforms/batching/cases.ts";

const CASES = golden.cases as unknown as LayerCase[];

// On webgpu, which cannot give values at once, there is no target wasm.
const TARGETS = inject("backend") === "webgpu" ? (["webgpu"] as const) : (["wasm", "kernels"] as const);

describe.each(TARGETS)("the target %s", (target) => {
  test.each(CASES.filter(({ name }) => name in VMAP))(
    "$name gives the outputs, state and gradients of Flax",
    async (vmapCase) => {
      await expectLikeFlax(vmapCase, VMAP[vmapCase.name]!, (fn) => jit(fn, { target }));
    },
  );
});
