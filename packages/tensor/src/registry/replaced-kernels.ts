/** @file What each kernel of TensorFlow.js is replaced by. */
import type { KernelConfig, KernelFunc } from "@tensorflow/tfjs-core";
import type { ReplacedKernel, Replacement } from "../kernels/replaced/replacement.ts";
import { markOurs } from "./own-kernels.ts";

/** The replacements of each backend that has come, by the name of the kernel. */
const table = new Map<string, Map<string, Replacement[]>>();

/** Has the kernels of a backend be replaced from now on. */
export function addReplacements(backendName: string, kernels: readonly ReplacedKernel[]): void {
  const lists = new Map<string, Replacement[]>();
  for (const [kernelName, replace] of kernels) {
    lists.set(kernelName, [...(lists.get(kernelName) ?? []), replace]);
  }
  table.set(backendName, lists);
}

/** What each original was replaced by, and on which backend. */
const replacements = new WeakMap<KernelFunc, { ours: KernelConfig; backendName: string }>();
/** The newest replacement of each kernel, by the names of the backend and the kernel. */
const newest = new Map<string, KernelConfig>();

/** The names of the kernels of a backend that are replaced. */
export function mendedKernels(backendName: string): string[] {
  return [...(table.get(backendName)?.keys() ?? [])];
}

/** The kernel of ours that takes the place of this one; undefined where there is nothing to mend. */
export function replacedKernel(config: KernelConfig): KernelConfig | undefined {
  const { kernelName, backendName, kernelFunc } = config;
  // Under another name of the backend too.
  const known = replacements.get(kernelFunc)?.ours;
  if (known?.kernelName === kernelName) return { ...config, kernelFunc: known.kernelFunc };
  const list = table.get(backendName)?.get(kernelName);
  if (!list) return undefined;
  const replaced = markOurs(list.reduce((original, replace) => replace(original), kernelFunc));
  const ours = { ...config, kernelFunc: replaced };
  replacements.set(kernelFunc, { ours, backendName });
  newest.set(`${backendName}_${kernelName}`, ours);
  return ours;
}

/** What this kernel was replaced by, the last time that it was. */
export function lastReplacement(kernelName: string, backendName: string): KernelConfig | undefined {
  return newest.get(`${backendName}_${kernelName}`);
}

/** The backend whose kernel this function is, if it was replaced there. */
export function originOf({ kernelFunc }: KernelConfig): string | undefined {
  return replacements.get(kernelFunc)?.backendName;
}
