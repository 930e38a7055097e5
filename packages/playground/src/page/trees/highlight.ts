/** @file The weight that the person points at. */
import { signal } from "@preact/signals";

/** Numbers of weights, as `TreeNode.shared`; they are lit in both trees. */
export const lit = signal<ReadonlySet<number>>(new Set());

/** Lights weights while they are pointed at. */
export function light(shared: readonly number[]): void {
  lit.value = new Set(shared);
}
