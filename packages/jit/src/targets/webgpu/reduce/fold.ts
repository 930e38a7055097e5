/** @file Folds: what is kept of many elements, put together by the invocations of workgroups in one stage or two. */
import type { Buffer } from "../../../expr/expr.ts";
import { type Task, type TaskWriter, WORKGROUP } from "../task.ts";
import { helpersOf, together } from "./together.ts";
import { levelsOf } from "./levels.ts";
import { type State, fromWord, toWord } from "./state.ts";
import { type Direction, type Tile, tileOf } from "./tile.ts";

/** From the first to the one behind the last. */
export interface Bounds {
  /** Statements that make the names. */
  readonly code: string;
  readonly from: string;
  readonly to: string;
}

/** Statements for each of the reduced elements, and before the loop over them. */
interface Taken {
  readonly before: string;
  readonly code: string;
}

/** For each of `kept` elements, what `reduced` others come to. Code is WGSL; numbers of elements are of type u32. */
export interface Fold {
  readonly label: string;
  readonly kept: number;
  readonly reduced: number;
  readonly direction: Direction;
  readonly states: readonly State[];
  readonly reads: readonly Buffer[];
  /** What is read to store what elements have come to, beside. */
  readonly readsAfter?: readonly Buffer[] | undefined;
  readonly writes: readonly Buffer[];
  /** Additions and multiplications for each of the reduced elements. */
  readonly cost: number;
  /** Those of the reduced elements that count for one kept one; by default all. */
  readonly bounds?: ((writer: TaskWriter, kept: string) => Bounds) | undefined;
  /** Statements that put one element into the variables `states`. */
  take(writer: TaskWriter, states: readonly string[], kept: string, reduced: string): string | Taken;
  /** Statements that put other variables into the variables `states`. */
  merge(states: readonly string[], others: readonly string[]): string;
  /** Statements that store what one kept element has come to. */
  finish(writer: TaskWriter, states: readonly string[], kept: string): string;
}

/** Makes buffers of so many words, for what one task leaves to the next. */
export type Temporaries = (size: number) => Buffer;

/**
 * The tasks of a fold: one, or two of which the second puts partial results together.
 *
 * @param usual how many elements are folded for a kept one, where their bounds differ
 */
export function foldTasks(fold: Fold, temporaries: Temporaries, usual = fold.reduced): Task[] {
  const tile = tileOf(fold.kept, usual, fold.direction);
  if (tile.splits === 1) return [stage(fold, tile)];
  const { splits } = tile;
  const scratch = temporaries(fold.states.length * splits * fold.kept);
  const place = (writer: TaskWriter, state: number, split: string, kept: string) =>
    `heap[${writer.placeOf(scratch)} + (${state * splits}u + ${split}) * ${fold.kept}u + ${kept}]`;
  const first: Fold = {
    ...fold,
    readsAfter: undefined,
    writes: [scratch],
    finish: (writer, states, kept) =>
      states
        .map((name, i) => `${place(writer, i, "split", kept)} = ${toWord(name, fold.states[i]!)};`)
        .join("\n"),
  };
  const rest: Fold = {
    ...fold,
    label: `${fold.label}, rest`,
    reduced: splits,
    direction: "columns",
    cost: 1,
    reads: [scratch],
    bounds: undefined,
    take: (writer, states, kept, reduced) => {
      const others = states.map(() => writer.name("part"));
      const loads = others.map((name, i) => {
        const word = place(writer, i, reduced, kept);
        return `let ${name} = ${fromWord(word, fold.states[i]!)};`;
      });
      return `${loads.join("\n")}\n${fold.merge(states, others)}`;
    },
  };
  const whole = { ...tileOf(fold.kept, splits, "columns"), splits: 1, chunk: splits };
  return [stage(first, tile), stage(rest, whole)];
}

function stage(fold: Fold, tile: Tile): Task {
  const { label, kept, reduced, reads, readsAfter = [], writes, states, cost } = fold;
  return {
    label,
    reads: [...reads, ...readsAfter],
    writes,
    groups: Math.ceil(kept / tile.across) * tile.splits,
    sharedWords: tile.along > 1 ? states.length * WORKGROUP : 0,
    flops: kept * reduced * cost,
    emit: (writer) => emit(writer, fold, tile),
  };
}

function emit(writer: TaskWriter, fold: Fold, tile: Tile): string {
  const { kept, reduced, direction, states } = fold;
  const { across, along, splits, chunk } = tile;
  const { helper, row } = helpersOf(tile, direction);
  const names = states.map(() => writer.name("state"));
  const bounds = fold.bounds?.(writer, "kept");
  const terms = bounds ? reduced : Math.min(chunk, reduced);
  const sums = levelsOf(writer, states, names, Math.ceil(terms / along));
  const range = bounds
    ? `
  ${bounds.code}
  let piece = (${bounds.to} - ${bounds.from} + ${splits - 1}u) / ${splits}u;
  let begin = ${bounds.from} + split * piece;
  let end = min(begin + piece, ${bounds.to});`
    : `
  let begin = split * ${chunk}u;
  let end = min(begin + ${chunk}u, ${reduced}u);`;
  const taken = fold.take(writer, names, "kept", "reduced");
  const { before, code } = typeof taken === "string" ? { before: "", code: taken } : taken;
  return `
let split = group % ${splits}u;
let helper = ${helper};
let kept = group / ${splits}u * ${across}u + ${row};
${names.map((name, i) => `var ${name} = ${states[i]!.neutral};`).join("\n")}
if (kept < ${kept}u) {
  ${sums.declare}
  ${range}
  ${before}
  for (var reduced = begin + helper; reduced < end; reduced += ${along}u) {
    ${code}
    ${sums.turn}
  }
  ${sums.settle}
}
${along > 1 ? together(writer, { states, direction, merge: (...all) => fold.merge(...all) }, tile, names) : ""}
if (helper == 0u && kept < ${kept}u) {
  ${fold.finish(writer, names, "kept")}
}`;
}
