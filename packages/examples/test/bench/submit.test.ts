/** @file What the bench reads in the text of a program for webgpu, and the table that it makes. */
import { expect, test } from "vitest";
import { describeSubmitTimes, launchesIn, writtenIn } from "../../src/bench/submit.ts";

const TEXT = `guide(model, x) -> float32 [], 2 FLOP
program guide on webgpu: 2 launches, 3 kFLOP, 4.5 kB read and written
  0: map 512; 2 workgroups, 1 kFLOP, 2 kB read, 1.5 kB written
  1: sum 16x32; 1 workgroups, 2 kFLOP, 1.05 kB read, 64 B written
memory: workspace 4096 B, of which 2048 B are in use at one time at most`;

test("launches and written bytes are those of the program", () => {
  expect(launchesIn(TEXT)).toBe(2);
  expect(writtenIn(TEXT)).toBe(1564);
  expect(() => launchesIn("program guide: 2 steps")).toThrow("expected a program for webgpu");
});

test("a table of all", () => {
  const measured = { workload: "guide", launches: 6, written: 38_300, state: 8360, compiled: 0.0512, eager: 2.5, ratio: 48.8, rounds: 15 }; // prettier-ignore
  expect(describeSubmitTimes([measured]).split("\n")).toEqual([
    "       launches  ms to submit  kernels     x  MB written  MB of state  rounds",
    "guide         6        0.0512     2.50  48.8      0.0383      0.00836      15",
  ]);
});
