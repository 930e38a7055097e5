/** @file What the runs gave, as the file beside the pictures keeps it. */
import type { Entry } from "./catalogue.ts";
import type { Run } from "./train.ts";

/** The figures of one optimiser. */
export interface Figures {
  readonly name: string;
  readonly rate: number;
  /** What is special about the run. */
  readonly note: string;
  /** The loss at the beginning and after every fifth step, to four digits. */
  readonly losses: readonly number[];
  /** The time of a step, relative to that of `adamw`. */
  readonly time: number;
}

/** The figures of runs, in the same order as the entries; one of them is that of `adamw`. */
export function figuresOf(entries: readonly Entry[], runs: readonly Run[]): Figures[] {
  const reference = runs[entries.findIndex(({ name }) => name === "adamw")]!.milliseconds;
  return entries.map((entry, i) => {
    const { losses, milliseconds } = runs[i]!;
    return {
      name: entry.name,
      rate: entry.rate,
      note: noteOf(entry),
      losses: losses.map(rounded),
      time: Number((milliseconds / reference).toPrecision(2)),
    };
  });
}

/** One run a line, so that a change shows what has changed. */
export function writeFigures(figures: readonly Figures[]): string {
  return `[\n${figures.map((row) => `  ${JSON.stringify(row)}`).join(",\n")}\n]\n`;
}

function noteOf({ choosesRate, whole, eager, steps }: Entry): string {
  const notes = [
    choosesRate && "chooses its rate",
    whole && "all pictures in each step",
    eager && "not compiled",
    steps !== undefined && `${steps} steps`,
  ];
  return notes.filter(Boolean).join(", ");
}

function rounded(loss: number): number {
  return Number(loss.toPrecision(4));
}
