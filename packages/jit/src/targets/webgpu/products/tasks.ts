/** @file The tasks of a product. */
import type { Buffer } from "../../../expr/expr.ts";
import type { Task } from "../task.ts";
import { partial, sumOfChunks } from "./chunks.ts";
import { fewTask } from "./few.ts";
import { exchanged, flattened, type Product } from "./product.ts";
import { type Finish, finishOf, type Result } from "./result.ts";
import { type Strategy, strategyOf } from "./strategy.ts";
import { OF_HALVES, tiledTask } from "./tiled.ts";

/** Gives a buffer of `size` elements for what tasks leave to later ones. */
export type Temporaries = (size: number) => Buffer;

/** One task, or two where workgroups share the terms. */
export function productTasks(
  label: string,
  product: Product,
  result: Result,
  temporaries: Temporaries,
): Task[] {
  const strategy = strategyOf(product);
  const { chunks } = strategy;
  if (chunks === 1) return [taskOf(label, product, strategy, finishOf(result))];
  const { size } = result.buffer;
  const scratch = temporaries(chunks * size);
  return [
    taskOf(label, product, strategy, partial(scratch, size)),
    sumOfChunks(`${label}, sums`, scratch, chunks, result),
  ];
}

/** One task for products that write to different places of one result. */
export function jointTask(label: string, products: readonly Product[], result: Result): Task {
  const finish = finishOf(result);
  const tasks = products.map((product) => taskOf(label, product, strategyOf(product, false), finish));
  const [only, ...others] = tasks;
  if (only && others.length === 0) return only;
  const total = (count: (task: Task) => number) => tasks.reduce((sum, task) => sum + count(task), 0);
  const most = (count: (task: Task) => number) =>
    tasks.reduce((best, task) => Math.max(best, count(task)), 0);
  return {
    label: tasks.some(({ sharedHalves = 0 }) => sharedHalves > 0) ? `${label}, ${OF_HALVES}` : label,
    reads: [...new Set(tasks.flatMap(({ reads }) => reads))],
    writes: finish.writes,
    groups: total(({ groups }) => groups),
    sharedWords: most(({ sharedWords }) => sharedWords),
    sharedQuads: most(({ sharedQuads = 0 }) => sharedQuads),
    sharedHalves: most(({ sharedHalves = 0 }) => sharedHalves),
    flops: total(({ flops }) => flops),
    emit(writer) {
      let begin = 0;
      const branches = tasks.map((task) => {
        const inside = `let group = group - ${begin}u;\n${task.emit(writer)}`;
        begin += task.groups;
        return `if (group < ${begin}u) {\n${inside}\nreturn;\n}`;
      });
      return branches.join("\n");
    },
  };
}

function taskOf(label: string, product: Product, strategy: Strategy, finish: Finish): Task {
  switch (strategy.kind) {
    case "single":
      return fewTask(label, product.a.across ? product : flattened(product), strategy, finish);
    case "few rows":
      return fewTask(label, product, strategy, finish);
    case "few columns":
      return fewTask(label, exchanged(product), strategy, finish);
    default:
      return tiledTask(label, product, strategy, finish);
  }
}
