/** @file Loops, branches and lanes have the derivatives of JAX: figures of `scripts/reference/forward_loops.py`. */
import { jvp } from "@nnx-js/nn";
import { recordBody } from "@nnx-js/nn/trace";
import { describe, expect, inject, test } from "vitest";
import { DERIVATIVES, directions, expectDerivative, LOOPS, recurrent } from "./loops.ts";
import { det } from "./models.ts";

const isWebgpu = inject("backend") === "webgpu";
// There, the condition of a loop cannot be read at once, and software takes minutes for all derivatives of all loops.
const DERIVED = Object.entries(DERIVATIVES).filter(
  ([what]) => !isWebgpu || what === "in a direction" || what === "of a gradient",
);
// A sine may be off by 2^-11 in WGSL, which TensorFlow.js takes.
const CASES = LOOPS.filter(({ name }) => !(isWebgpu && /grown|while|counted|nested|switched/.test(name)));

describe.each(CASES)("$name", (row) => {
  for (const [what, derivative] of DERIVED) {
    // oxlint-disable-next-line vitest/expect-expect -- it is in the function
    test.runIf(derivative.figures(row))(`derivatives ${what}`, () => expectDerivative(derivative, row));
  }
});

test("a loop and its derivative are one loop", () => {
  const body = recordBody((x, w) => jvp(recurrent(false), [x, w], directions()), [det([3]), det([3, 3])].map(({ shape, dtype }) => ({ shape, dtype })), { caller: "test", name: "test" }); // prettier-ignore
  expect(body.graph.nodes.filter(({ kernelName }) => kernelName === "Scan").length).toBe(1);
  body.dispose();
});
