/** @file Whether memory has grown over a run. */
import { expect } from "vitest";

/** Batches that are made ahead, or not yet, and figures on their way: tensors that come and go. */
const TENSORS = 16;
const BYTES = 2 << 20;

/**
 * Fails if the number of tensors, or their bytes, have grown from the first sample to any other: a hundred steps between
 * two samples would leave a hundred tensors.
 */
export function expectFlat(samples: readonly (readonly number[])[]): void {
  const [[tensors, bytes]] = samples as [[number, number]];
  expect(Math.max(...samples.map(([count]) => count!))).toBeLessThanOrEqual(tensors + TENSORS);
  expect(Math.max(...samples.map(([, size]) => size!))).toBeLessThanOrEqual(bytes + BYTES);
}
