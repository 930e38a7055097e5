import { shapeRuleNames } from "@nnx-js/tensor";
import "@nnx-js/nn";
import { expect, test } from "vitest";
import { batchRuleOf } from "../../../src/transforms/batching/batch-rules.ts";
import { loopReasons } from "../../../src/transforms/batching/rules/looped.ts";

/** Kernels whose rules come with what launches them, and kernels of tests that share this process. */
const isElsewhere = (name: string) => /^(?:Call|Cond|Scan|While)$|^(?:Test|My)/.test(name);

test("each kernel that can be recorded has a batching rule, or a reason to run lane by lane", () => {
  const missing = shapeRuleNames().filter(
    (name) => !batchRuleOf(name) && !(name in loopReasons) && !isElsewhere(name),
  );
  expect(missing).toEqual([]);
});

test("no kernel has both", () => {
  expect(Object.keys(loopReasons).filter((name) => batchRuleOf(name))).toEqual([]);
});

test("reasons are for kernels that there are", () => {
  const names = new Set(shapeRuleNames());
  expect(Object.keys(loopReasons).filter((name) => !names.has(name))).toEqual([]);
});
