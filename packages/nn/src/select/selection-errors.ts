/** @file The errors of selections: what there is instead, and what may have been meant. */
import { classNameOf } from "../class-name.ts";
import { SelectionError } from "../errors.ts";
import { namesIn } from "../graph/filter-names.ts";
import type { Filter } from "../graph/filters.ts";
import { formatPath, type Key } from "../graph/kinds.ts";
import type { Located } from "../graph/matching.ts";
import { guesses } from "../near-miss.ts";
import { type Part, partsOf } from "./parts.ts";

/** Beyond this many, lists are cut. */
const LISTED = 20;

/** The error of an operation on a selection without parts. */
export function nothingSelected(
  model: object,
  filters: readonly Filter[],
  text: string,
  purpose: string,
): SelectionError {
  const parts = partsOf(model);
  const counts = new Map<string, number>();
  for (const [, part] of parts) {
    const name = classNameOf(part);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const keys = new Set(parts.flatMap(([path]) => path));
  const tags = parts.flatMap(([, part]) => ("tag" in part && typeof part.tag === "string" ? [part.tag] : []));
  const known = new Set<Key>([...counts.keys(), ...keys, ...tags]);
  const unknown = filters.flatMap(namesIn).filter((name) => !known.has(name));
  const candidates = [...known].filter((name) => typeof name === "string");
  const list = [...counts].map(([name, count]) => `${count} ${name}`);
  return new SelectionError(
    [
      `${text} selects nothing to ${purpose}.`,
      ...unknown.flatMap((name) => wrongSort(name, keys)),
      ...guesses(
        unknown.map(String).filter((name) => !keys.has(Number(name))),
        candidates,
      ),
      `There are: ${cut(list)}.`,
    ].join(" "),
    model,
  );
}

/** The error of a selection that has not `expected` parts. */
export function wrongCount(
  model: object,
  text: string,
  parts: readonly Located<Part>[],
  expected: number,
): SelectionError {
  const list = parts.map(([path, part]) => `${formatPath(path)} (${classNameOf(part)})`);
  return new SelectionError(
    `${text}: expected ${expected} part${expected === 1 ? "" : "s"}, found ${parts.length}` +
      `${list.length === 0 ? "" : `: ${cut(list)}`}. Change the filter, or write assertCount(${parts.length}).`,
    model,
  );
}

/** A number where a name stands in the model, or the other way round. */
function wrongSort(name: Key, keys: ReadonlySet<Key>): string[] {
  const other = typeof name === "number" ? String(name) : Number(name);
  if (!keys.has(other)) return [];
  return [`Indices are numbers and names are strings: did you mean ${JSON.stringify(other)}?`];
}

function cut(list: readonly string[]): string {
  const rest = list.length - LISTED;
  return rest > 0 ? `${list.slice(0, LISTED).join(", ")} and ${rest} more` : list.join(", ");
}
