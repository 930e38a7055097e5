import { jit } from "@nnx-js/jit";
import type * as tf from "@tensorflow/tfjs-core";
import { describe, inject, test } from "vitest";
import { det } from "../../../nn/test/transforms/derivatives/models.ts";
import { derivativesOf, expectDerivatives, RULES_INSIDE } from "../../../nn/test/transforms/derivatives/rules-inside.ts"; // prettier-ignore

// There, tanh is rounded more than these figures allow.
describe.skipIf(inject("backend") === "webgpu").each(["wasm", "kernels"] as const)(
  "the target %s",
  (target) => {
    test.each(RULES_INSIDE)("a rule is for the innermost gradient: $name", async (item) => {
      using compiled = jit((x: tf.Tensor) => derivativesOf(item, x), { target, name: item.name });
      await expectDerivatives(item, compiled(det([4, 3], 0.9, 0.3)));
    });
  },
);
