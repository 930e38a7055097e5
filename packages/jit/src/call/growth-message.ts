/** @file Says what has changed in the arguments of a function that is compiled again and again. */
import type { ListPattern } from "../tree/pattern.ts";
import { type Part, type Sort, type Summary, summaryOf } from "../tree/summary.ts";
import { rootName } from "../tree/walk.ts";

/** How many places, and how many values of each, a warning names. */
const NAMED = 3;

const ADVICE: Readonly<Record<Sort, string>> = {
  number:
    "A number that changes belongs into a tensor, tf.scalar(n), or into a Variable, which are no part of what is compiled.",
  function:
    "A function belongs to what is compiled: make it once, outside of the loop (a transformation takes a schedule for what changes), or as a method of a Module.",
  shape: "Give tensors few different shapes: pad them, with a mask, or leave out the last batch.",
  structure: "Give lists and objects the same entries in each call: pad with tensors that a mask leaves out.",
  object: "Make the object once, outside of the loop, or hold what changes in tensors and Variables.",
};

/**
 * What has changed between calls, and what to write instead.
 *
 * @param patterns of the arguments, in the order of the calls
 * @param isPart whether others are gone, with what they spoke of
 */
export function whatChanged(patterns: readonly ListPattern[], isPart: boolean, hasThis: boolean): string {
  const summaries = patterns.map(({ children }) =>
    summaryOf(
      children,
      children.map((_, i) => rootName(i, hasThis)),
    ),
  );
  const changes = changesIn(summaries);
  const named = changes.slice(0, NAMED);
  if (named.length === 0) {
    return isPart
      ? `What they were compiled for is gone. ${ADVICE.object}`
      : "The arguments did not change, but the backend or the Variables that the function closes over.";
  }
  const others = changes.length > NAMED ? `; ${changes.length - NAMED} more places changed` : "";
  const advice = new Set(named.map(({ values }) => ADVICE[values[0]!.sort]));
  return [`What changed between them: ${named.map(describeChange).join("; ")}${others}.`, ...advice].join(
    " ",
  );
}

/** A place and what stood there, in the order of the calls. */
interface Change {
  readonly path: string;
  readonly values: readonly Part[];
}

/** The places where something changed, those that changed most often first. */
function changesIn(summaries: readonly Summary[]): Change[] {
  const paths = new Set(summaries.flatMap((summary) => [...summary.keys()]));
  const nothing: Part = { sort: "structure", text: "nothing", id: "" };
  const changes = [...paths].flatMap((path) => {
    const values: Part[] = [];
    for (const summary of summaries) {
      const value = summary.get(path) ?? nothing;
      const last = values.at(-1);
      if (last?.id !== value.id || last.sort !== value.sort) values.push(value);
    }
    return values.length > 1 ? [{ path, values }] : [];
  });
  return changes.sort((a, b) => b.values.length - a.values.length);
}

function describeChange({ path, values }: Change): string {
  const [first, second] = values.map(({ text }) => text);
  const isSame = values.every(({ text }) => text === first);
  if (isSame) return `${path}, ${first}, was another one each time`;
  const shown = values.slice(0, NAMED).map(({ text }) => text);
  return values.length === 2
    ? `${path} was ${first}, then ${second}`
    : `${path} was ${shown.join(", then ")}${values.length > NAMED ? ", …" : ""}`;
}
