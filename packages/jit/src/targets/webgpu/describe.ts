/** @file A program as text, for reading. */
import type { Launch } from "./launch/schedule.ts";
import { groupsOf } from "./launch/tables.ts";
import { isLoop, type Item, type PreparedGraph } from "./prepared.ts";

/** What each launch does, over how much, and its code. */
export function describeProgram(prepared: PreparedGraph, texts: readonly string[]): string {
  const { graph, items, plan } = prepared;
  const { flops, read, written } = sumOf(items.map(costOf));
  const { outputs, between } = prepared.floor();
  const least = outputs + between;
  const dispatches = dispatchesOf(items);
  const launches = `${texts.length} ${texts.length === 1 ? "launch" : "launches"}`;
  const turns = dispatches === texts.length ? "" : ` (${dispatches} in all turns)`;
  return [
    `program ${graph.name} on webgpu: ${launches}${turns}, ${count(flops, "FLOP")}, ${count(read + written, "B")} read and written`,
    ...linesOf(items),
    `written: ${count(written, "B")}, ${(written / Math.max(1, least)).toFixed(2)} times the ${count(least, "B")} that must be: ${count(outputs, "B")} of outputs, ${count(between, "B")} in between`,
    `memory: workspace ${plan.bytes} B, of which ${plan.live} B are in use at one time at most`,
    ...launchesByText(texts).map(([text, numbers]) => `\nWGSL of launch ${numbers.join(", ")}:\n${text}`),
  ].join("\n");
}

/** A line for each launch and each loop; the turns of a loop are indented below it. */
function linesOf(items: readonly Item[], numbering = { next: 0 }, indent = "  "): string[] {
  return items.flatMap((item) => {
    const { flops, read, written } = costOf(item);
    const cost = `${count(flops, "FLOP")}, ${count(read, "B")} read, ${count(written, "B")} written`;
    if (isLoop(item))
      return [`${indent}${labelOf(item)}; ${cost}`, ...linesOf(item.body.items, numbering, `${indent}  `)];
    return [`${indent}${numbering.next++}: ${labelOf(item)}; ${groupsOf(item)} workgroups, ${cost}`];
  });
}

function dispatchesOf(items: readonly Item[]): number {
  return items.reduce(
    (sum, item) => sum + (isLoop(item) ? item.length * dispatchesOf(item.body.items) : 1),
    0,
  );
}

/** The tasks of a launch, or the loop. */
export function labelOf(item: Item): string {
  if (isLoop(item)) return item.label;
  return item
    .map(
      ({ members }) =>
        `${members[0]!.task.label}${members.length > 1 ? ` and ${members.length - 1} like it` : ""}`,
    )
    .join("; ");
}

interface Cost {
  readonly flops: number;
  readonly read: number;
  readonly written: number;
}

/** What a launch, or all turns of a loop, cost: each buffer of each task is counted once, whole. */
export function costOf(item: Item): Cost {
  return isLoop(item) ? sumOf(item.body.items.map(costOf), item.length) : costOfLaunch(item);
}

function sumOf(costs: readonly Cost[], times = 1): Cost {
  const sum = (get: (cost: Cost) => number) => times * costs.reduce((all, cost) => all + get(cost), 0);
  return {
    flops: sum(({ flops }) => flops),
    read: sum(({ read }) => read),
    written: sum(({ written }) => written),
  };
}

function costOfLaunch(launch: Launch): Cost {
  const cost = { flops: 0, read: 0, written: 0 };
  for (const { members } of launch) {
    for (const { task } of members) {
      cost.flops += task.flops;
      for (const { size } of new Set(task.reads)) cost.read += 4 * size;
      for (const { size } of new Set(task.writes)) cost.written += 4 * size;
    }
  }
  return cost;
}

function launchesByText(texts: readonly string[]): [string, number[]][] {
  const launches = new Map<string, number[]>();
  for (const [i, text] of texts.entries()) {
    const known = launches.get(text);
    if (known) known.push(i);
    else launches.set(text, [i]);
  }
  return [...launches];
}

/** A number with a unit, such as `1.5 kB`. */
function count(amount: number, unit: string): string {
  const step = Math.min(4, Math.max(0, Math.floor(Math.log10(Math.max(1, amount)) / 3)));
  const prefix = ["", "k", "M", "G", "T"][step]!;
  return `${Number((amount / 1000 ** step).toPrecision(3))} ${prefix}${unit}`;
}
