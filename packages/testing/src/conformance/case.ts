/** @file What a conformance case is: a kernel's call, and what it must give. */
import type { Expected, Plain } from "./array.ts";

/** One call of a kernel. */
export interface Case {
  /** What is special about it, such as `float32, |x| < 1e-7`. */
  readonly name: string;
  /** Inputs by name; a list for the kernels that take one. */
  readonly inputs: Readonly<Record<string, Plain>> | readonly Plain[];
  readonly attrs?: Readonly<Record<string, unknown>>;
  /** The oracle's answer, one for each output. */
  readonly want: () => Expected | readonly Expected[];
  /** How far float32 results may be off on cpu, on wasm and under jit, in units in the last place. 0 unless given. */
  readonly ulps?: number;
  /** The same on webgpu and webgl; {@link ulps} unless given. */
  readonly gpuUlps?: number;
  /** On GPUs, errors are relative to at least this. */
  readonly gpuScale?: number;
  /** Whether it has integers beyond 2^24, which webgl keeps in float32. */
  readonly largeIntegers?: boolean;
  /** Whether it takes too long for the part that every test run includes. */
  readonly slow?: boolean;
  /** Why the case says nothing of a GPU. */
  readonly notOnGpu?: string;
  /** Whether no layer, loss, metric, optimiser or gradient of ours asks for it, though it uses the kernel. */
  readonly isUnused?: boolean;
}

/** The cases of each kernel of a family, made when they are asked for. */
export type Family = Readonly<Record<string, () => readonly Case[]>>;
