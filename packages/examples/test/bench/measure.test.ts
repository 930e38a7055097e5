/** @file Timing side by side: turns, medians and ratios. */
import { expect, test } from "vitest";
import { measure, median } from "../../src/bench/measure.ts";

test("the median is the middle value, or the mean of the two in the middle", () => {
  expect(median([3, 1, 20])).toBe(3);
  expect(median([10, 9])).toBe(9.5);
});

test("candidates take turns, each round begins with another one, and every turn waits for the device", async () => {
  const calls: string[] = [];
  const candidate = (name: string) => ({
    name,
    run: () => void calls.push(name),
    finish: async () => void calls.push(`${name}!`),
  });
  await measure([candidate("a"), candidate("b")], { rounds: 2, runs: 2, warmUp: 1 });
  expect(calls.join(" ")).toBe("a a a! b b b! b b b! a a a! a a a! b b b!");
});

test("a candidate that takes longer has the larger time and ratio; the first one is the reference", async () => {
  const spin = (milliseconds: number) => {
    const end = performance.now() + milliseconds;
    while (performance.now() < end);
  };
  const candidate = (name: string, milliseconds: number) => ({
    name,
    run: () => spin(milliseconds),
    finish: () => Promise.resolve(),
  });
  const [fast, slow] = await measure([candidate("fast", 0.1), candidate("slow", 20)], {
    rounds: 5,
    runs: 2,
    warmUp: 1,
  });
  expect(fast).toMatchObject({ name: "fast", ratio: 1 });
  expect(slow!.milliseconds).toBeGreaterThan(fast!.milliseconds);
  expect(slow!.ratio).toBeGreaterThan(2);
});
