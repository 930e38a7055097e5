/** @file Every layer gives under `jit` what Flax gives. */
import { jit } from "@nnx-js/jit";
import golden from "@nnx-js/testing/golden/layers.json" with { type: "json" };
import { describe, inject, test } from "vitest";
import { expectLikeFlax, type LayerCase } from "../../../nn/test/golden.ts";
import { LAYERS } from "../../../nn/test/layers/golden/layers.ts";

const CASES = golden.cases as LayerCase[];

// On webgpu, which cannot give values at once, there is no target wasm.
const TARGETS = inject("backend") === "webgpu" ? (["webgpu"] as const) : (["wasm", "kernels"] as const);

describe.each(TARGETS)("the target %s", (target) => {
  test.each(CASES.filter(({ name }) => name in LAYERS))(
    "$name gives the outputs, state and gradients of Flax",
    async (layerCase) => {
      await expectLikeFlax(layerCase, LAYERS[layerCase.name]!, (fn) => jit(fn, { target }));
    },
  );
});
