/** @file The steps of the workloads write little more to the memory of a GPU than they have to, in few launches. */
import { jit } from "@nnx-js/jit";
import { expect, test } from "vitest";
import { launchesIn, writtenIn } from "../../src/bench/submit.ts";
import { WORKLOADS, type WorkloadName } from "../../src/bench/workloads/all.ts";
import { setUp, stepOf, tearDown } from "../../src/bench/workloads/workload.ts";

test.each<[WorkloadName, launches: number, times: number]>([
  ["guide", 6, 1.2],
  ["mlp", 6, 1.06],
  ["cnn", 31, 1.2],
  ["gpt", 86, 1.3],
])("%s: %d launches, %d times the bytes that must be", (name, launches, most) => {
  const workload = WORKLOADS[name];
  const setup = setUp(workload);
  const { model, optimizer, x, y, rngs } = setup;
  const step = jit(stepOf(workload), { name });
  const text = step.lower(model, optimizer, x, y, rngs);
  expect(launchesIn(text)).toBeLessThanOrEqual(launches);
  const [, times] = /^written: .*, ([\d.]+) times the/m.exec(text)!;
  expect(Number(times)).toBeLessThanOrEqual(most);
  expect(Number(times)).toBeGreaterThan(1);
  expect(writtenIn(text)).toBeGreaterThan(0);
  step.dispose();
  tearDown(setup);
});
