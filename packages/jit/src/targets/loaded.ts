/** @file Targets that are loaded only where they are needed. */
import type { Target, TargetName } from "./target.ts";

const targets = new Map<TargetName, Target>();

/** Makes a target that was loaded known. */
export function provide(target: Target): void {
  targets.set(target.name, target);
}

/** The target of this name, if it was loaded. */
export function provided(name: TargetName): Target | undefined {
  return targets.get(name);
}
