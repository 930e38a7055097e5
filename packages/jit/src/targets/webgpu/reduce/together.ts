/** @file How the invocations of a workgroup put together what each has collected. */
import { type TaskWriter, WORKGROUP } from "../task.ts";
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

/**
 * Puts what the helpers of a row have together, in that of the first one: by halves, of which one goes through workgroup
 * memory to the other. In the end halves are of one subgroup, where there are such, and go directly; all helpers of that
 * subgroup then have the same. What comes out is the same, to the bit, with and without.
 *
 * @param first statements before workgroup memory is used
 * @param isForAll whether all helpers get it
 */
export function together(
  writer: TaskWriter,
  { states, direction, merge }: Merging,
  { across, along }: Pick<Tile, "across" | "along">,
  names: readonly string[],
  { first = "", isForAll = false } = {},
): string {
  const apart = direction === "rows" ? 1 : across;
  const { subgroup } = writer;
  const half = writer.name("half");
  const store = names.map((name, i) => `${slot(i, "lane")} = ${toWord(name, states[i]!)};`).join("\n");
  const others = names.map((name) => `${name}_other`);
  const fromWords = (lane: string, into: readonly string[], keyword: string) =>
    into.map((name, i) => `${keyword}${name} = ${fromWord(slot(i, lane), states[i]!)};`).join("\n");
  const byMemory = (condition: string) => `
${first}
${store}
for (; ${condition}; ${half} >>= 1u) {
  workgroupBarrier();
  if (helper < ${half}) {
    ${fromWords(`lane + ${half} * ${apart}u`, others, "let ")}
    ${merge(names, others)}
    ${store}
  }
}`;
  const all = isForAll
    ? `
workgroupBarrier();
${fromWords(`lane - helper * ${apart}u`, names, "")}`
    : "";
  if (subgroup === undefined) return `var ${half} = ${along / 2}u;\n${byMemory(`${half} > 0u`)}\n${all}`;
  const crowd = writer.name("crowd");
  const exchanged = names.map((name, i) => {
    return `let ${others[i]!} = subgroupShuffleXor(${name}, ${half} * ${apart}u);`;
  });
  return `
var ${half} = ${along / 2}u;
let ${crowd} = ${half} * ${apart}u >= ${subgroup};
if (${crowd}) {
  ${byMemory(`${half} * ${apart}u >= ${subgroup}`)}
}
for (; ${half} > 0u; ${half} >>= 1u) {
  ${exchanged.join("\n")}
  ${merge(names, others)}
}
${isForAll ? `if (${crowd}) {\nif (helper == 0u) {\n${store}\n}\n${all}\n}` : ""}`;
}

/** The word that the invocation `lane` has in workgroup memory for a state. */
function slot(state: number, lane: string): string {
  return `shared_words[${state * WORKGROUP}u + ${lane}]`;
}
