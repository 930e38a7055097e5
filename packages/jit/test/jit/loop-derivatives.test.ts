/** @file Derivatives of loops, branches and lanes are under `jit` those of JAX. */
import { jit } from "@nnx-js/jit";
import { describe, test } from "vitest";
import { DERIVATIVES, expectDerivative, LOOPS } from "../../../nn/test/transforms/derivatives/loops.ts";

describe.each(LOOPS)("$name", (row) => {
  for (const [what, derivative] of Object.entries(DERIVATIVES)) {
    test.runIf(derivative.figures(row))(`derivatives ${what}`, async () => {
      await expectDerivative(derivative, row, (fn) => jit(fn, { target: "wasm" }));
    });
  }
});
