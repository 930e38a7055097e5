/** @file Warns when a function is compiled again and again, and says what has changed. */
import type { Part, Sort, Summary } from "../tree/summary.ts";

/** How many programs of one function are a reason to warn. */
const MANY = 10;

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

/** Counts the programs of one function. */
export class Growth {
  private readonly name: string;
  private readonly most: number;
  private summaries: Summary[] = [];
  private isDone = false;

  /** @param most how many programs it keeps */
  constructor(name: string, most: number) {
    this.name = name;
    this.most = most;
  }

  /** Notes that a program was compiled; warns once, at the tenth. */
  note(summary: () => Summary): void {
    if (this.isDone) return;
    this.summaries.push(summary());
    if (this.summaries.length < MANY) return;
    console.warn(this.message());
    this.isDone = true;
    this.summaries = [];
  }

  private message(): string {
    const changes = changesIn(this.summaries);
    const named = changes.slice(0, NAMED);
    const others = changes.length > NAMED ? `; ${changes.length - NAMED} more places changed` : "";
    const what =
      named.length > 0
        ? `What changed between them: ${named.map(describeChange).join("; ")}${others}.`
        : "The arguments did not change, but the backend or the Variables that the function closes over.";
    const advice = [...new Set(named.map(({ values }) => ADVICE[values[0]!.sort]))];
    return (
      `jit(${this.name}): compiled ${MANY} programs for one function, each of which takes time and memory. ${what} ` +
      [...advice, `At most ${this.most} programs are kept, those used last: jit(fn, { maxPrograms }).`].join(
        " ",
      )
    );
  }
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
