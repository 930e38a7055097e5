/** @file A program as text, for reading. */
import type { Arrangement } from "./arrangement.ts";
import type { StepCode } from "./emit/step-function.ts";
import { type Buffer, type Expr, parts } from "../../expr/expr.ts";
import type { Plan } from "../../plan/memory.ts";
import { readsOf, writesOf } from "../../steps/accesses.ts";
import { packedBytes } from "./weights/weight.ts";
import { isControl } from "../../steps/specs/routine-spec.ts";
import type { PreparedGraph } from "./prepared.ts";
import type { MapStep, Step } from "../../steps/step.ts";

/** One line for each step: what it does, over how much, in what memory; below loops and branches those of their bodies. */
export function describeProgram(prepared: PreparedGraph, codes: readonly StepCode[]): string {
  const { graph, arrangement, weights } = prepared;
  const { groups, blocksOf, plan } = arrangement;
  const steps = groups.flat(2);
  let first = 0;
  const chains = groups.flatMap((group) => {
    const begin = first;
    first += group.flat().length;
    const blocks = blocksOf.get(group[0]!)?.blocks;
    if (group.length === 1 && blocks === undefined) return [];
    const many = blocks === undefined ? `${group.length} chains` : `${blocks} blocks`;
    return [`steps ${begin} to ${first - 1}: ${many}, each on one thread`];
  });
  const work = codes.reduce((sum, code) => sum + code.work, 0);
  const packed = weights.reduce((sum, { packing }) => sum + packedBytes(packing), 0);
  const bytes = steps.reduce((sum, step) => sum + bytesOf(step), 0);
  return [
    `program ${graph.name}: ${steps.length} steps, ${count(work)} operations, ${count(bytes)}B moved`,
    ...stepLines(prepared, (i) => `; ${count(codes[i]!.work)} operations`),
    ...chains,
    `memory: workspace ${plan.bytes} B, of which ${plan.live} B are in use at one time at most` +
      (weights.length > 0
        ? `, packed copies of ${weights.length} ${weights.length === 1 ? "weight" : "weights"} ${packed} B`
        : ""),
  ].join("\n");
}

/** What each of the program's groups of steps does, and the bytes that it reads and writes. */
export function describeGroups({ arrangement }: PreparedGraph): { label: string; bytes: number }[] {
  return arrangement.groups.map((group) => {
    const steps = group.flat();
    const bytes = steps.reduce((sum, step) => sum + bytesOf(step), 0);
    const blocks = arrangement.blocksOf.get(group[0]!)?.blocks;
    const many = blocks === undefined ? `${group.length} chains` : `${blocks} blocks`;
    return {
      label: steps.length === 1 ? describeStep(steps[0]!) : `${steps.length} steps in ${many}`,
      bytes,
    };
  });
}

function stepLines({ arrangement, controls }: PreparedGraph, costs: (i: number) => string): string[] {
  const { groups, plan, inScratch } = arrangement;
  const nameOf = (buffer: Buffer) => name(buffer, plan, inScratch);
  return groups.flat(2).flatMap((step, i) => {
    const places = writesOf(step).map(nameOf).join(", ");
    const reads = [...readsOf(step)].map(nameOf).join(", ");
    const line = `  ${i}: ${places} = ${describeStep(step)} of ${reads || "nothing"}${costs(i)}`;
    const bodies = step.kind === "routine" && isControl(step.spec) ? controls.get(step.spec.id)!.bodies : [];
    const lines = bodies.flatMap(({ prepared }, body) => [
      `    body ${body}, ${prepared.graph.name}:`,
      ...stepLines(prepared, () => "").map((below) => `    ${below}`),
    ]);
    return [line, ...lines];
  });
}

function describeStep(step: Step): string {
  switch (step.kind) {
    case "map":
      return describeMap(step);
    case "reduce":
      return `reduce[${step.kept} x ${step.reduced}] ${[
        ...step.reductions.map(({ reducer, expr }) => `${reducer}(${operations(expr)})`),
        ...(step.across ?? []).map(({ reducer, expr }) => `${reducer} across(${operations(expr)})`),
        ...(step.stores ?? []).map(({ expr }) => operations(expr)),
      ].join(" | ")}`;
    default:
      return step.finish ? `${step.label}, then ${describeMap(step.finish)}` : step.label;
  }
}

function describeMap({ size, stores }: MapStep): string {
  return `map[${size}] ${stores.map(({ expr }) => operations(expr)).join(" | ")}`;
}

/** The names of the operations of `expr`, in the order in which they are computed. */
function operations(expr: Expr): string {
  const names = parts(expr).flatMap((part) => (part.kind === "apply" ? [part.op.replace(/^f32\./, "")] : []));
  return names.length > 0 ? names.join(" ") : expr.kind === "const" ? String(expr.value) : "copy";
}

function name(buffer: Buffer, { offsets }: Plan, inScratch: Arrangement["inScratch"]): string {
  if (buffer.role.kind !== "temporary")
    return `${buffer.role.kind}${"index" in buffer.role ? buffer.role.index : ""}`;
  const offset = offsets.get(buffer);
  if (offset !== undefined) return `@${offset}+${4 * buffer.size}`;
  const place = inScratch.get(buffer);
  return place ? `scratch@${place.scratch}+${place.blockBytes ?? 4 * buffer.size}` : "output";
}

function bytesOf(step: Step): number {
  return [...writesOf(step), ...readsOf(step)].reduce((sum, { size }) => sum + 4 * size, 0);
}

function count(value: number): string {
  if (value < 1e4) return `${value} `;
  return value < 1e7 ? `${(value / 1e3).toFixed(1)} k` : `${(value / 1e6).toFixed(1)} M`;
}
