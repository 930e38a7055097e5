/**
 * @file Draws of categories, of which each backend draws others from one seed: rows with equal probabilities the same on
 * cpu, the first sample always the first category on webgpu.
 */
import * as tf from "@tensorflow/tfjs-core";
import { cpu } from "../hosts/cpu.ts";
import { wasm } from "../hosts/wasm.ts";
import { multinomialOn, multinomialOnWebGl, multinomialOnWebGpu } from "../multinomial/kernels.ts";
import type { ReplacedKernel } from "./replacement.ts";

const KERNELS = {
  cpu: multinomialOn(cpu),
  wasm: multinomialOn(wasm),
  webgl: multinomialOnWebGl,
  webgpu: multinomialOnWebGpu,
};

/** Replaces Multinomial of a backend. */
export const sameDraws = (backendName: keyof typeof KERNELS): readonly ReplacedKernel[] => [
  [tf.Multinomial, () => KERNELS[backendName]],
];
