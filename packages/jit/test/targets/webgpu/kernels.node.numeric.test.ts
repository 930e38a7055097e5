/** @file Compiled for the GPU, each kernel gives what it does compiled to WebAssembly: what its oracle says. */
import { casesOf, KERNELS, runCase } from "@nnx-js/testing/conformance";
import table from "@nnx-js/testing/golden/kernels.json" with { type: "json" };
import { expect, inject, test } from "vitest";
import { compiledFor } from "../compiled-kernels.ts";

/** How many cases of each kernel: `CASES=1000` tries all. */
const { CASES = 2 } = globalThis.process?.env ?? {};

const rows = table.kernels as Record<string, { jit: { status: string } } | undefined>;
const runner = compiledFor("webgpu");

/** Cases from all over the list, always the same. GPUs may take what is not normal for 0. */
function partOf(kernelName: string) {
  const cases = casesOf(kernelName).filter(({ slow, name }) => !slow && !/denormals|up to 1e-7/.test(name));
  const count = Math.min(Number(CASES), cases.length);
  return Array.from({ length: count }, (_, i) => cases[Math.floor((i * cases.length) / count)]!);
}

test.runIf(inject("backend") === "webgpu").each(KERNELS)(
  "%s",
  async (kernelName) => {
    const isMissing = rows[kernelName]?.jit.status === "missing";
    const problems: string[] = [];
    for (const each of partOf(kernelName)) {
      const { kind, reason } = await runCase(kernelName, each, runner);
      if (kind !== (isMissing ? "refused" : "right")) problems.push(`${each.name}: ${kind}: ${reason}`);
    }
    expect(problems).toEqual([]);
  },
  600_000,
);
