/** @file Sums of many terms, so that rounding errors do not add up. */
import type { TaskWriter } from "../task.ts";
import type { State } from "./state.ts";

/** Additions, one after the other, whose rounding errors are left as they are. */
const SHORT_SUM = 16;

/**
 * Code that adds the sums of a few terms to others, and those of a few of these to others again, so that of `terms`
 * none is added to a sum of very many.
 */
export function levelsOf(
  writer: TaskWriter,
  states: readonly State[],
  names: readonly string[],
  terms: number,
): { names: readonly string[]; declare: string; turn: string; settle: string } {
  const sums = names.filter((_, i) => states[i]!.isSum);
  const levels = Math.ceil(Math.log(terms) / Math.log(SHORT_SUM)) - 1;
  if (sums.length === 0 || levels < 1) return { names: [], declare: "", turn: "", settle: "" };
  const turns = writer.name("turns");
  const each = (code: (name: string) => string) => sums.map(code).join("\n");
  const range = Array.from({ length: levels }, (_, i) => i + 1);
  const turn = range.reduceRight((inner, at) => {
    return `
if (${turns} % ${SHORT_SUM ** at}u == 0u) {
  ${each((name) => `${level(name, at)} += ${level(name, at - 1)}; ${level(name, at - 1)} = 0.0;`)}
  ${inner}
}`;
  }, "");
  return {
    names: range.flatMap((at) => sums.map((name) => level(name, at))),
    declare: `var ${turns} = 0u;\n${range.map((at) => each((name) => `var ${level(name, at)} = 0.0;`)).join("\n")}`,
    turn: `${turns}++;${turn}`,
    settle: range.map((at) => each((name) => `${name} += ${level(name, at)};`)).join("\n"),
  };
}

function level(name: string, at: number): string {
  return at === 0 ? name : `${name}_${at}`;
}
