/** @file Timing side by side: turns, medians and ratios. */
import { expect, test } from "vitest";
import { measure, median, timeRuns } from "../../src/bench/measure.ts";

const OPTIONS = { rounds: 2, turn: 0.0001, seconds: 10 };

test("the median is the middle value, or the mean of the two in the middle", () => {
  expect(median([3, 1, 20])).toBe(3);
  expect(median([10, 9])).toBe(9.5);
});

test("candidates take turns, each round begins with another one, and every turn waits for the device", async () => {
  const calls: string[] = [];
  const candidate = (name: string) => ({
    name,
    time: (runs: number) =>
      timeRuns(
        () => void calls.push(name),
        async () => void calls.push(`${name}!`),
        runs,
      ),
  });
  await measure([candidate("a"), candidate("b")], OPTIONS);
  // Two turns each and two rounds to warm up, then two rounds.
  expect(calls.join(" ")).toBe("a a! a a! b b! b b! a a! b b! a a! b b! a a! b b! b b! a a!");
});

const spin = (milliseconds: number) => {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
};

const spinning = (name: string, milliseconds: number) => ({
  name,
  time: (runs: number) =>
    timeRuns(
      () => spin(milliseconds),
      () => Promise.resolve(),
      runs,
    ),
});

test("a candidate that takes longer has the larger time and ratio; the first one is the reference", async () => {
  const [fast, slow] = await measure([spinning("fast", 0.2), spinning("slow", 2)], { ...OPTIONS, rounds: 5 });
  expect(fast).toMatchObject({ name: "fast", ratio: 1, rounds: 5 });
  expect(slow!.milliseconds).toBeGreaterThan(fast!.milliseconds);
  expect(slow!.ratio).toBeGreaterThan(2);
});

test("a turn has as many runs as fit, and one at least", async () => {
  const counts = { quick: 0, slow: 0 };
  const counting = (name: keyof typeof counts, milliseconds: number) => ({
    name,
    time: (runs: number) => {
      counts[name] += runs;
      return spinning(name, milliseconds).time(runs);
    },
  });
  await measure([counting("quick", 0.5), counting("slow", 20)], { rounds: 1, turn: 10, seconds: 1 });
  expect(counts.quick).toBeGreaterThan(6);
  expect(counts.slow).toBe(4);
});

test("rounds that do not count go on until nobody becomes faster, and turns have the runs of the last", async () => {
  let turns = 0;
  const times: number[] = [];
  const learning = {
    name: "learning",
    time(runs: number) {
      turns++;
      const time = Math.max(1, 12 - turns);
      times.push(time * runs);
      return Promise.resolve(time);
    },
  };
  const steady = { name: "steady", time: () => Promise.resolve(1) };
  const [learnt] = await measure([learning, steady], { rounds: 30, turn: 10, seconds: 10 });
  expect(learnt).toMatchObject({ milliseconds: 1, rounds: 30 });
  // It becomes faster until the eleventh turn; five more, then those that count.
  expect(times).toHaveLength(11 + 5 + 30);
  expect(times.slice(-30)).toEqual(Array.from({ length: 30 }, () => 10));
});

test("a candidate without time left sits out after three rounds; its ratio comes from those", async () => {
  const [fast, slow] = await measure([spinning("fast", 0), spinning("slow", 5)], {
    rounds: 6,
    turn: 0.0001,
    seconds: 0.01,
  });
  expect([fast!.rounds, slow!.rounds]).toEqual([6, 3]);
  expect(slow!.ratio).toBeGreaterThan(1);
});

test("nothing runs between turns for as long as the rest takes", async () => {
  const ends: number[] = [];
  const starts: number[] = [];
  const one = {
    name: "one",
    async time(runs: number) {
      starts.push(performance.now());
      spin(0.1);
      ends.push(performance.now());
      return 0.1 / runs;
    },
  };
  await measure([one], { ...OPTIONS, rounds: 3, rest: 10 });
  for (const at of [2, 3, 4, 5, 6, 7]) expect(starts[at]! - ends[at - 1]!).toBeGreaterThan(8);
});
