/** @file The targets that there are. */
import { kernels } from "./kernels/target.ts";
import type { Target, TargetName } from "./target.ts";
import { wasm } from "./wasm/target.ts";

/** By name, the best first: of those that are for the active backend, the first one compiles. */
const TARGETS: { readonly [Name in TargetName]: Target } = { wasm, kernels };

/** The target that an option names. */
export function targetNamed(name: TargetName): Target {
  return TARGETS[name];
}

/** The best target where this backend is active. */
export function targetFor(backendName: string): Target {
  return Object.values(TARGETS).find((target) => target.isFor(backendName)) ?? kernels;
}

/** The names of all targets. */
export const TARGET_NAMES = Object.keys(TARGETS);
