/** @file The part of the conformance run that every test run includes. */
import { casesOf } from "./all.ts";
import type { Case } from "./case.ts";
import { runCase, type Runner } from "./run.ts";

/** What the checked-in table says of a kernel on one backend, or compiled. */
export interface Cell {
  readonly status: string;
  /** A case that is wrong. */
  readonly fault?: { readonly case: string; readonly reason: string };
}

/** How many cases of each kernel are in the part. */
const SIZE = 12;

/** Cases from all over the list, always the same. */
function partOf(cases: readonly Case[]): readonly Case[] {
  const count = Math.min(SIZE, cases.length);
  return Array.from({ length: count }, (_, i) => cases[Math.floor((i * cases.length) / count)]!);
}

/**
 * Where a kernel is not what the table says: empty where all is well. Of one that is wrong, the case that shows it must
 * still be wrong; of all others, every case of the part must be right.
 */
export async function differencesFromTable(
  kernelName: string,
  cell: Cell,
  runner: Runner,
): Promise<string[]> {
  const { status, fault } = cell;
  const cases = casesOf(kernelName).filter(
    (each) => !(runner.onGpu && each.notOnGpu) && (runner.keepsIntegers || !each.largeIntegers) && !each.slow,
  );
  if (status === "missing") return [];
  if (status === "wrong") {
    // What writes outside of its memory would harm the tests that follow.
    const isHarmful = /memory|remainder by zero|buffers behind/.test(fault!.reason);
    const found = cases.find(({ name }) => name === fault!.case);
    if (isHarmful || !found) return [];
    const { kind } = await runCase(kernelName, found, runner);
    return kind === "wrong" ? [] : [`${found.name} is right now, and the table says wrong`];
  }
  const problems: string[] = [];
  for (const each of partOf(cases)) {
    const { kind, reason = "" } = await runCase(kernelName, each, runner);
    if (kind === "wrong") problems.push(`${each.name}: ${reason}`);
  }
  return problems;
}
