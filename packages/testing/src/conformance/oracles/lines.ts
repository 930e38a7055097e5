/** @file Cases from lists: a line for each shape, with what is done to it. */
import type { Dtype, Plain } from "../array.ts";
import type { Case } from "../case.ts";
import { counted, DTYPES } from "../values.ts";

/** A shape, or a number for each axis. */
export type Numbers = readonly number[];

/** Numbers as part of a name. */
export const text = (numbers: Numbers) => `[${numbers.join(", ")}]`;

/** One case for each dtype and line of a list. */
export function lines<Line extends readonly [shape: Numbers, ...unknown[]]>(
  list: readonly Line[],
  make: (x: Plain, line: Line) => Omit<Case, "inputs"> & { inputs?: Case["inputs"] },
  dtypes: readonly Dtype[] = DTYPES,
): () => Case[] {
  return () =>
    dtypes.flatMap((dtype) =>
      list.map((line) => {
        const x = counted(dtype, line[0]);
        const made = make(x, line);
        return { inputs: { x }, ...made, name: `${dtype}, ${text(line[0])} ${made.name}` };
      }),
    );
}
