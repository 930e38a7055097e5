/** @file Loops that fold elements, as tasks. */
import { costOf } from "../../../expr/expr.ts";
import { byAxis } from "../../../expr/segments.ts";
import { exprsOf, layoutsOf, readsOf, writesOf } from "../../../steps/accesses.ts";
import type { ReduceStep } from "../../../steps/step.ts";
import { Block } from "../emit/expression.ts";
import type { Task } from "../task.ts";
import { foldTasks, type Temporaries } from "./fold.ts";
import { combinationOf } from "./reducers.ts";
import type { Direction } from "./tile.ts";

/** The tasks of `step`: one, or two where few invocations would have to fold very many elements. */
export function reduceTasks(step: ReduceStep, temporaries: Temporaries): Task[] {
  const { kept, reduced, reductions } = step;
  const combinations = reductions.map(({ reducer, expr }) => combinationOf(reducer, expr.lane));
  const exprs = exprsOf(step);
  return foldTasks(
    {
      label: `reduce ${kept}x${reduced}`,
      kept,
      reduced,
      direction: directionOf(step),
      states: combinations.map(({ state }) => state),
      reads: [...readsOf(step)],
      writes: writesOf(step),
      cost: exprs.reduce((sum, expr) => sum + costOf(expr) + 1, 0),
      take(writer, states, atKept, atReduced) {
        const all = Block.over(writer, [kept, reduced]);
        all.prepare(exprs);
        const row = all.inside(atKept);
        row.prepare(exprs);
        const element = row.inside(atReduced);
        for (const [i, expr] of exprs.entries()) {
          element.add(combinations[i]!.take(writer, states[i]!, element.value(expr)));
        }
        return { before: all.code + row.code, code: element.code };
      },
      merge: (states, others) =>
        combinations.map((combination, i) => combination.merge(states[i]!, others[i]!)).join("\n"),
      finish: (writer, states, at) =>
        reductions
          .map(
            ({ buffer }, i) =>
              `heap[${writer.placeOf(buffer)} + ${at}] = ${combinations[i]!.word(states[i]!)};`,
          )
          .join("\n"),
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
