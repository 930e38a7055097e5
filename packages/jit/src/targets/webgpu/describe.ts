/** @file A program as text, for reading. */
import type { Floor } from "../../plan/floor.ts";
import type { Plan } from "../../plan/memory.ts";
import type { Launch } from "./launch/schedule.ts";
import { groupsOf } from "./launch/tables.ts";

/** What each launch does, over how much, and its code. */
export function describeProgram(
  name: string,
  launches: readonly Launch[],
  texts: readonly string[],
  plan: Plan,
  floor: Floor,
): string {
  const costs = launches.map(costOf);
  const flops = costs.reduce((sum, cost) => sum + cost.flops, 0);
  const bytes = costs.reduce((sum, { read, written }) => sum + read + written, 0);
  const written = costs.reduce((sum, cost) => sum + cost.written, 0);
  const least = floor.outputs + floor.between;
  const lines = launches.map((launch, i) => {
    const { flops, read, written } = costs[i]!;
    const cost = `${count(flops, "FLOP")}, ${count(read, "B")} read, ${count(written, "B")} written`;
    return `  ${i}: ${labelOf(launch)}; ${groupsOf(launch)} workgroups, ${cost}`;
  });
  return [
    `program ${name} on webgpu: ${launches.length} ${launches.length === 1 ? "launch" : "launches"}, ${count(flops, "FLOP")}, ${count(bytes, "B")} read and written`,
    ...lines,
    `written: ${count(written, "B")}, ${(written / Math.max(1, least)).toFixed(2)} times the ${count(least, "B")} that must be: ${count(floor.outputs, "B")} of outputs, ${count(floor.between, "B")} in between`,
    `memory: workspace ${plan.bytes} B, of which ${plan.live} B are in use at one time at most`,
    ...launchesByText(texts).map(([text, numbers]) => `\nWGSL of launch ${numbers.join(", ")}:\n${text}`),
  ].join("\n");
}

/** The tasks of a launch. */
export function labelOf(launch: Launch): string {
  return launch
    .map(
      ({ members }) =>
        `${members[0]!.task.label}${members.length > 1 ? ` and ${members.length - 1} like it` : ""}`,
    )
    .join("; ");
}

/** What a launch costs: each buffer of each task is counted once, whole. */
export function costOf(launch: Launch): { flops: number; read: number; written: number } {
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
