/** @file Loops that fold elements, as tasks. */
import { type Buffer, costOf } from "../../../expr/expr.ts";
import { byAxis, contiguous } from "../../../expr/segments.ts";
import { exprsOf, layoutsOf, readsOf, writesOf } from "../../../steps/accesses.ts";
import type { MapStep, ReduceStep, Store } from "../../../steps/step.ts";
import { Block } from "../emit/expression.ts";
import type { Task } from "../task.ts";
import { foldTasks, type Temporaries } from "./fold.ts";
import { combinationOf, namesOf } from "./reducers.ts";
import type { Direction } from "./tile.ts";

/**
 * The tasks of `step`: one, or two where few invocations would have to fold very many elements.
 *
 * @param after loops over the kept elements, which need nothing of the results but of the same place
 * @param isNeeded whether anything else reads a buffer: what is not needed is not stored
 */
export function reduceTasks(
  step: ReduceStep,
  temporaries: Temporaries,
  after: readonly MapStep[] = [],
  isNeeded: (buffer: Buffer) => boolean = () => true,
): Task[] {
  const { kept, reduced, reductions } = step;
  const combinations = reductions.map(({ reducer, expr }) => combinationOf(reducer, expr.lane, reduced));
  const exprs = exprsOf(step);
  const written = [step, ...after].flatMap((one) => writesOf(one));
  return foldTasks(
    {
      label: `reduce ${kept}x${reduced}`,
      kept,
      reduced,
      direction: directionOf(step),
      states: combinations.flatMap(({ states }) => states),
      reads: [...readsOf(step)],
      readsAfter: after.flatMap((map) => [...readsOf(map)]).filter((buffer) => !written.includes(buffer)),
      writes: written.filter(isNeeded),
      cost: exprs.reduce((sum, expr) => sum + costOf(expr) + 1, 0),
      take(writer, states, atKept, atReduced) {
        const all = Block.over(writer, [kept, reduced]);
        all.prepare(exprs);
        const row = all.inside(atKept);
        row.prepare(exprs);
        const element = row.inside(atReduced);
        const own = namesOf(combinations, states);
        for (const [i, expr] of exprs.entries()) {
          element.add(combinations[i]!.take(writer, own[i]!, element.value(expr)));
        }
        return { before: all.code + row.code, code: element.code };
      },
      merge(states, others) {
        const [mine, theirs] = [namesOf(combinations, states), namesOf(combinations, others)];
        return combinations.map((combination, i) => combination.merge(mine[i]!, theirs[i]!)).join("\n");
      },
      finish(writer, states, at) {
        const block = Block.over(writer, [kept], written).inside(at);
        const store = ({ buffer, layout, expr }: Store, value: string) => {
          block.give(buffer, value);
          if (isNeeded(buffer)) block.storeValue(buffer, layout, value, expr.lane);
        };
        const own = namesOf(combinations, states);
        for (const [i, { buffer, expr }] of reductions.entries()) {
          const value = writer.name("total");
          block.add(`let ${value} = ${combinations[i]!.value(writer, own[i]!)};`);
          store({ buffer, layout: contiguous(kept), expr }, value);
        }
        for (const output of after.flatMap(({ stores }) => stores)) store(output, block.value(output.expr));
        return block.code;
      },
    },
    temporaries,
  );
}

/** Along which elements neighbouring invocations should go: those that lie side by side for most reads. */
export function directionOf(step: ReduceStep): Direction {
  const { kept, reduced } = step;
  let [rows, columns] = [0, 0];
  for (const { segments } of layoutsOf(step)) {
    const [outer, inner] = byAxis(segments, [kept, reduced]) ?? [[], segments];
    if (inner?.at(-1)?.stride === 1) rows++;
    if (outer?.at(-1)?.stride === 1) columns++;
  }
  return columns > rows ? "columns" : "rows";
}
