/** @file Compares what a kernel gave with what it must give. */
import type { Case } from "./case.ts";
import type { Expected } from "./array.ts";

/** A tensor as it was read back. */
export interface Answer {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

/** The smallest normal float32. GPUs may flush what is smaller. */
const SMALLEST_NORMAL = 2 ** -126;

/** The distance between neighbouring float32 numbers at `x`. */
function ulp(x: number): number {
  const size = Math.min(Math.abs(x), 3.4028234663852886e38);
  if (size < SMALLEST_NORMAL) return 2 ** -149;
  const exponent = Math.floor(Math.log2(size));
  // The logarithm may be rounded up to the next power of two.
  return 2 ** ((2 ** exponent > size ? exponent - 1 : exponent) - 23);
}

/** Says what is wrong, and where by `nameOf`; undefined where nothing is. */
export function difference(
  answer: Answer,
  expected: Expected,
  tolerance: Pick<Case, "ulps" | "gpuUlps" | "gpuScale">,
  { onGpu, keepsIntegers }: { onGpu: boolean; keepsIntegers: boolean },
  nameOf = (place: number) => `at ${place}`,
): string | undefined {
  if (answer.dtype !== expected.dtype) return `gives ${answer.dtype}, expected ${expected.dtype}`;
  if (answer.shape.join() !== expected.shape.join() || answer.shape.length !== expected.shape.length) {
    return `gives the shape [${answer.shape.join(", ")}], expected [${expected.shape.join(", ")}]`;
  }
  if (answer.values.length !== expected.values.length) {
    return `gives ${answer.values.length} values, expected ${expected.values.length}`;
  }
  const { ulps = 0, gpuUlps = ulps, gpuScale = 0 } = tolerance;
  for (const [i, want] of expected.values.entries()) {
    const got = answer.values[i]!;
    if (expected.dtype !== "float32") {
      const isRounded = !keepsIntegers && Math.abs(got - want) <= ulp(want) && Math.abs(want) > 2 ** 24;
      if (got !== want && !isRounded) return `gives ${got} ${nameOf(i)}, expected ${want}`;
      continue;
    }
    const scale = Math.max(expected.scale?.[i] ?? 0, Math.abs(want), onGpu ? gpuScale : 0);
    const units = onGpu ? gpuUlps : ulps;
    // What is only approximate may lose denormals too.
    if (isClose(got, want, units * ulp(scale) + (onGpu || units > 0 ? SMALLEST_NORMAL : 0))) continue;
    return `gives ${got} ${nameOf(i)}, expected ${Math.fround(want)}`;
  }
  return undefined;
}

function isClose(got: number, want: number, error: number): boolean {
  const rounded = Math.fround(want);
  if (Object.is(got, rounded) || got === rounded) return true;
  if (Number.isNaN(got) || Number.isNaN(rounded)) return false;
  // What is just within the range may come out as infinite, and the reverse.
  const largest = 2 ** 128;
  const [a, b] = [got, want].map((x) => Math.max(-largest, Math.min(largest, x))) as [number, number];
  if (!Number.isFinite(want) || (!Number.isFinite(got) && Math.abs(want) + error < largest)) return false;
  return Math.abs(a - b) <= error;
}
