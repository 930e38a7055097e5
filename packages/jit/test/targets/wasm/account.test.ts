/** @file Threads help while they gain something, by a clock that the test turns. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Account, Turns } from "../../../src/targets/wasm/threads/account.ts";

let clock = 0;

beforeEach(() => {
  clock = 0;
  vi.stubGlobal("performance", { now: () => clock });
});
afterEach(() => void vi.unstubAllGlobals());

/** Runs for `duration`; gives how long a run took on average, and the part of runs with help. */
function average(turns: Turns, duration: number, time: (isHelped: boolean) => number) {
  const end = clock + duration;
  const begin = clock;
  let [runs, helped] = [0, 0];
  while (performance.now() < end) {
    turns.run((isHelped) => {
      clock += time(isHelped);
      runs++;
      helped += Number(isHelped);
    });
  }
  return { time: (clock - begin) / runs, helped: helped / runs };
}

/** Every other `slice` of time the second thread is not scheduled, and the first waits for it. */
const heldUp = (alone: number, helped: number, slice: number) => (isHelped: boolean) => {
  if (!isHelped) return alone;
  const phase = clock % (2 * slice);
  return phase + helped < slice ? helped : Math.max(2 * slice - phase, helped) + helped / 2;
};

test("on an idle machine threads help all the time, but for a few trials", () => {
  const { helped } = average(new Turns(new Account()), 10_000, (isHelped) => (isHelped ? 5 : 9));
  expect(helped).toBeGreaterThan(0.995);
});

test("threads that fall asleep while one works alone, and take long to wake, help again", () => {
  const turns = new Turns(new Account());
  let lastHelp = 0;
  const asleep = (isHelped: boolean) => {
    if (!isHelped) return 0.08;
    const time = clock - lastHelp > 0.2 ? 0.5 : 0.03;
    lastHelp = clock + time;
    return time;
  };
  average(turns, 10, asleep);
  // Something else has the processors for a while.
  average(turns, 20, (isHelped) => (isHelped ? 4 : 0.08));
  average(turns, 200, asleep);
  expect(average(turns, 100, asleep).helped).toBeGreaterThan(0.98);
});

test.each([
  ["of 0.5 ms", 0.5, 0.3],
  ["of 7 ms", 7, 4],
  ["of 100 ms", 100, 55],
])("threads that are slower than none cost programs %s at most 7 %%", (_, alone, helped) => {
  const turns = new Turns(new Account());
  average(turns, 20 * alone, (isHelped) => (isHelped ? helped : alone));
  const held = heldUp(alone, helped, 4);
  const slower = (isHelped: boolean) => (isHelped ? 2.5 * Math.max(alone, held(true)) : alone);
  expect(average(turns, 100 * alone + 3000, slower).time).toBeLessThan(1.07 * alone);
  expect(average(turns, 100 * alone + 3000, held).time).toBeLessThan(1.07 * alone);
  // The other process ends.
  average(turns, 40 * alone + 200, (isHelped) => (isHelped ? helped : alone));
  expect(average(turns, 20 * alone + 200, (isHelped) => (isHelped ? helped : alone)).helped).toBeGreaterThan(
    0.9,
  );
});

test("a program learns from others of the same threads", () => {
  const account = new Account();
  const first = new Turns(account);
  while (!account.isPaused(clock)) average(first, 1, (isHelped) => (isHelped ? 30 : 10));
  expect(average(new Turns(account), 1, () => 10).helped).toBe(0);
});
