/** @file One test for each kernel, which never fails: what came of its cases goes to the reporter. */
import { casesOf, KERNELS, renewBackend, runCase, type Runner } from "@nnx-js/testing/conformance";
import * as tf from "@tensorflow/tfjs-core";
import { inject, test } from "vitest";

/** A case that did not come out right. */
export interface Fault {
  readonly name: string;
  readonly reason: string;
  /** Whether nothing of ours asks for it. */
  readonly isUnused: boolean;
}

/** What came of the cases of a kernel. */
export interface KernelReport {
  readonly isRegistered: boolean;
  readonly cases: number;
  readonly refused: readonly Fault[];
  readonly wrong: readonly Fault[];
}

/** Makes one test for each kernel that is asked for. */
export function reportKernels(runner: () => Runner, isRegistered: (kernelName: string) => boolean): void {
  const wanted = inject("kernels").split(",").filter(Boolean);
  const kernels = KERNELS.filter((name) => wanted.length === 0 || wanted.includes(name));
  for (const kernelName of kernels) {
    // oxlint-disable-next-line vitest/expect-expect, vitest/valid-title -- a table comes of it, a kernel a row
    test(kernelName, { timeout: 600_000 }, async ({ task }) => {
      task.meta.conformance = await reportOf(kernelName, runner(), isRegistered(kernelName));
    });
  }
}

async function reportOf(kernelName: string, runner: Runner, isRegistered: boolean): Promise<KernelReport> {
  const cases = casesOf(kernelName);
  const refused: Fault[] = [];
  const wrong: Fault[] = [];
  for (const each of isRegistered ? cases : []) {
    if ((runner.onGpu && each.notOnGpu) || (!runner.keepsIntegers && each.largeIntegers)) continue;
    const { kind, reason = "" } = await runCase(kernelName, each, runner);
    const { isUnused = false } = each;
    if (kind === "wrong") {
      wrong.push({ name: each.name, reason, isUnused });
      // What it wrote to where it must not would make others wrong.
      if (tf.getBackend() === "wasm") await renewBackend();
    }
    if (kind === "refused") refused.push({ name: each.name, reason, isUnused });
  }
  return { isRegistered, cases: cases.length, refused, wrong };
}

declare module "vitest" {
  interface ProvidedContext {
    /** The names of the kernels to try, with commas between them; all if empty. */
    kernels: string;
  }
  interface TaskMeta {
    conformance?: KernelReport;
  }
}
