/** @file The task of a chain: invocations of a workgroup do all that there is to do for a row. */
import { type Buffer, costOf, type Expr, parts, replaced } from "../../../expr/expr.ts";
import { isContiguous } from "../../../expr/segments.ts";
import { exprsOf, readsOf, writesOf } from "../../../steps/accesses.ts";
import type { Temporaries } from "../reduce/fold.ts";
import { reduceTasks } from "../reduce/reduce.ts";
import { combinationOf } from "../reduce/reducers.ts";
import { type Task, WORKGROUP } from "../task.ts";
import { type Chain, goesOverElements, type Loop } from "./chain.ts";
import { ChainWriter } from "./chain-writer.ts";
import { chainTile, fitsWorkgroup, keepsElements } from "./chain-tile.ts";

/** What is made of more operations and reads than this is stored and read again rather than computed again. */
const CHEAP = 24;

/**
 * The tasks of `chain`: one, unless rows are so long that only what follows from the reductions is part of it.
 *
 * @param isNeeded whether anything but the chain reads a buffer that it writes
 */
export function chainTasks(
  chain: Chain,
  isNeeded: (buffer: Buffer) => boolean,
  temporaries: Temporaries,
): readonly Task[] {
  if (fitsWorkgroup(chain)) return [chainTask(chain, isNeeded)];
  const [reduction, ...others] = chain.members.map(({ step }) => step);
  const after = others.filter((step) => step.kind === "map");
  if (reduction?.kind !== "reduce" || after.length < others.length) {
    throw new Error("internal: a chain of long rows has other members than it may have");
  }
  return reduceTasks(reduction, temporaries, after, isNeeded);
}

function chainTask(chain: Chain, isNeeded: (buffer: Buffer) => boolean): Task {
  const { rows, columns } = chain;
  const isKept = keepsElements(chain);
  const members = isKept ? chain.members.map(({ loop }) => loop) : withoutCopies(chain, isNeeded);
  const own = new Set(members.flatMap(writesOf));
  const reads = new Set(members.flatMap((step) => [...readsOf(step)]).filter((buffer) => !own.has(buffer)));
  // Elements that invocations do not keep, they read again.
  const isStored = (buffer: Buffer) => isNeeded(buffer) || (!isKept && isElements(buffer, members, chain));
  const { across, along } = chainTile(chain);
  const states = members.map((step) =>
    step.kind === "map"
      ? 0
      : step.reductions.reduce((sum, { reducer, expr }) => {
          return sum + combinationOf(reducer, expr.lane, columns).states.length;
        }, 0),
  );
  return {
    label: `rows ${rows}x${columns} (${members.map(nameOf).join(", ")})`,
    reads: [...reads],
    writes: [...own].filter(isStored),
    groups: Math.ceil(rows / across),
    sharedWords: along > 1 ? WORKGROUP * Math.max(...states) : 0,
    flops: members.reduce((sum, step) => sum + sizeOf(step) * costOfAll(step), 0),
    emit: (writer) => new ChainWriter(writer, chain, members, isStored).code(),
  };
}

function nameOf(step: Loop): string {
  return step.kind === "map" ? "map" : step.reductions.map(({ reducer }) => reducer).join("+");
}

function sizeOf(step: Loop): number {
  return step.kind === "map" ? step.size : step.kept * step.reduced;
}

function costOfAll(step: Loop): number {
  return exprsOf(step).reduce((sum, expr) => sum + costOf(expr) + 1, 0);
}

/** Whether `buffer` holds what a map makes of each element. */
function isElements(buffer: Buffer, members: readonly Loop[], chain: Chain): boolean {
  return members.some(
    (step) => step.kind === "map" && goesOverElements(step, chain) && writesOf(step).includes(buffer),
  );
}

/** The members, with cheap elements that nobody else needs computed where they are used. */
function withoutCopies(chain: Chain, isNeeded: (buffer: Buffer) => boolean): Loop[] {
  const size = chain.rows * chain.columns;
  const exprs = new Map<Buffer, Expr>();
  const done = new Map<Expr, Expr>();
  const inlined = (expr: Expr) =>
    replaced(expr, (part) => (part.kind === "load" ? exprs.get(part.buffer) : undefined), done);
  return chain.members.flatMap(({ loop }): Loop[] => {
    if (loop.kind === "reduce") {
      const reductions = loop.reductions.map((each) => ({ ...each, expr: inlined(each.expr) }));
      return [{ ...loop, reductions }];
    }
    if (!goesOverElements(loop, chain)) return [loop];
    const stores = loop.stores.flatMap((store) => {
      const expr = inlined(store.expr);
      const isCopy =
        !isNeeded(store.buffer) && isContiguous(store.layout, size) && parts(expr).length <= CHEAP;
      if (!isCopy) return [{ ...store, expr }];
      exprs.set(store.buffer, expr);
      return [];
    });
    return stores.length > 0 ? [{ ...loop, stores }] : [];
  });
}
