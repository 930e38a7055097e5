/** @file Tables of results. */
import { expect, test } from "vitest";
import { aligned, report, time, times } from "../../src/bench/report.ts";

test("times and ratios show three digits that count", () => {
  expect([0.02671, 2.345, 23.45, 137.4, 4190.2].map(time)).toEqual(["0.0267", "2.35", "23.4", "137", "4190"]);
  expect([1, 0.034, 45.62, 154.4].map(times)).toEqual(["1.00", "0.0340", "45.6", "154"]);
});

test("the first column is aligned to the left, the others to the right", () => {
  expect(
    aligned([
      ["", "ms"],
      ["long name", "1"],
      ["a", "100"],
    ]),
  ).toEqual(["            ms", "long name    1", "a          100"]);
});

test("a report has what was measured, what cannot be, Flax's ratios, and the facts of the compiled step", () => {
  const text = report(
    {
      workload: "cnn",
      title: "a network",
      measurements: [
        { name: "jit", milliseconds: 20, ratio: 1, rounds: 5 },
        { name: "eager", milliseconds: 300, ratio: 14.9, rounds: 3 },
      ],
      unable: [{ name: "layers", reason: "no kernel" }],
      jit: {
        trace: 10.2,
        first: 66,
        flops: 9e8,
        memory: { state: 1e6, workspace: 6e6, live: 5e6 },
      },
    },
    [{ workload: "cnn", name: "Flax", milliseconds: 50, rounds: 7 }],
  );
  expect(text).toBe(`cnn: a network
        ms/step  x jit  rounds
jit        20.0   1.00       5
eager       300   14.9       3
Flax       50.0   2.50       7
layers     none
(layers: no kernel)
jit: first call 66 ms (recording once more takes 10 ms), 900 MFLOP a step, 45.0 GFLOP/s
memory: state 1 MB, workspace 6 MB of which 5 MB are live at one time; (state + workspace) / (state + live) = 1.17`);
});
