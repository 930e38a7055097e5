/** @file How the invocations of a workgroup put together what each has collected. */
import { WORKGROUP } from "../task.ts";
import { fromWord, type State, toWord } from "./state.ts";
import type { Direction, Tile } from "./tile.ts";

/** What is put together. */
interface Merging {
  readonly states: readonly State[];
  readonly direction: Direction;
  /** Statements that put other variables into the variables `states`. */
  readonly merge: (states: readonly string[], others: readonly string[]) => string;
}

/** The number of an invocation among those that share a row, and that of its row in the workgroup. */
export function helpersOf({ across, along }: Tile, direction: Direction): { helper: string; row: string } {
  return direction === "rows"
    ? { helper: `lane % ${along}u`, row: `lane / ${along}u` }
    : { helper: `lane / ${across}u`, row: `lane % ${across}u` };
}

/** Puts what helpers have together, in that of the first one. */
export function together(
  { states, direction, merge }: Merging,
  { across, along }: Tile,
  names: readonly string[],
): string {
  const apart = direction === "rows" ? 1 : across;
  const store = names.map((name, i) => `${slot(i, "lane")} = ${toWord(name, states[i]!)};`).join("\n");
  const others = names.map((name) => `${name}_other`);
  const loads = others.map((name, i) => {
    return `let ${name} = ${fromWord(slot(i, `lane + half * ${apart}u`), states[i]!)};`;
  });
  return `
${store}
for (var half = ${along / 2}u; half > 0u; half >>= 1u) {
  workgroupBarrier();
  if (helper < half) {
    ${loads.join("\n")}
    ${merge(names, others)}
    ${store}
  }
}`;
}

/** The word that the invocation `lane` has in workgroup memory for a state. */
export function slot(state: number, lane: string): string {
  return `shared_words[${state * WORKGROUP}u + ${lane}]`;
}
