/** @file Loops that compute elements and store them, as tasks. */
import { costOf } from "../../../expr/expr.ts";
import { readsOf, writesOf } from "../../../steps/accesses.ts";
import type { MapStep } from "../../../steps/step.ts";
import { type Task, type TaskWriter, WORKGROUP } from "../task.ts";
import { Block } from "./expression.ts";

/** With so many elements every device is busy; beyond, an invocation takes several. */
const BUSY = 2 ** 18;
/** How many elements an invocation takes at most. */
const MOST = 8;

/** The task of `step`. */
export function mapTask(step: MapStep): Task {
  const { size, stores } = step;
  const chunk = WORKGROUP * Math.min(MOST, Math.max(1, Math.ceil(size / BUSY)));
  return {
    label: `map ${size}`,
    reads: [...readsOf(step)],
    writes: writesOf(step),
    groups: Math.max(1, Math.ceil(size / chunk)),
    sharedWords: 0,
    flops: size * stores.reduce((sum, { expr }) => sum + costOf(expr), 0),
    emit: (writer) => mapCode(writer, step, chunk),
  };
}

/** Neighbouring invocations take neighbouring elements, `chunk` in each workgroup. */
function mapCode(writer: TaskWriter, { size, stores }: MapStep, chunk: number): string {
  // What one store leaves in memory for another is not there before the loop.
  const written = stores.map(({ buffer }) => buffer);
  const all = Block.over(writer, [size], written);
  all.prepare(stores.map(({ expr }) => expr));
  const element = all.inside("i");
  for (const { buffer, layout, expr } of stores) element.store(buffer, layout, expr);
  // Not literals: steps that differ in sizes only then have the same code.
  return `
    let chunk = ${writer.number(chunk)};
    let end = min((group + 1u) * chunk, ${writer.number(size)});
    ${all.code}
    for (var i = group * chunk + lane; i < end; i += ${WORKGROUP}u) {
      ${element.code}
    }
  `;
}
