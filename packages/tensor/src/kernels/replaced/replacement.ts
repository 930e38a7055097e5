/** @file What puts a kernel of ours in the place of a backend's own: a name, and what makes the kernel. */
import type { KernelFunc } from "@tensorflow/tfjs-core";

/** Makes the kernel that takes the place of `original`. */
export type Replacement = (original: KernelFunc) => KernelFunc;

/** The name of a kernel, and what takes its place. Of several for one kernel, each gets what the one before it made. */
export type ReplacedKernel = readonly [kernelName: string, replace: Replacement];

/** What a kernel is called with. */
export type KernelCall = Parameters<KernelFunc>[0];
