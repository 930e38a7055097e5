/** @file A random order, as JAX's `random.permutation` draws it. */
import type { Buffer } from "../../../expr/expr.ts";
import type { PermutationSpec } from "../../../steps/specs/ordering.ts";
import type { Temporaries } from "../reduce/fold.ts";
import { type Task, type TaskWriter, WORKGROUP } from "../task.ts";
import { sortTasks } from "./sort.ts";

/**
 * Operands: a key of two words, the elements if there are any given, the result. Each round draws a key for the next and
 * one for its words, and sorts by these; equal words keep their order.
 */
export function permutation(
  { count, rounds, gathers }: PermutationSpec,
  operands: readonly Buffer[],
  temporaries: Temporaries,
): Task[] {
  const [key, ...others] = operands as readonly [Buffer, ...Buffer[]];
  const y = others.at(-1)!;
  const x = gathers ? others[0]! : undefined;
  const put = (writer: TaskWriter, position: string, from: string) => {
    const element = x ? `heap[${writer.placeOf(x)} + ${from}]` : from;
    return `heap[${writer.placeOf(y)} + ${position}] = ${element};`;
  };
  const given = x ? [x] : [];
  if (rounds === 0) return [copyTask(count, given, y, put)];
  const tasks: Task[] = [];
  let order: Buffer | undefined;
  for (let round = 0; round < rounds; round++) {
    const isLast = round === rounds - 1;
    const before = order;
    const after = isLast ? undefined : temporaries(count);
    const source = {
      label: `permutation of ${count}`,
      rows: 1,
      size: count,
      reads: before ? [key, before] : [key],
      key: (writer: TaskWriter, _: string, at: string) => drawn(writer, key, round, at),
      payload: (writer: TaskWriter, _: string, at: string) =>
        before ? `heap[${writer.placeOf(before)} + ${at}]` : at,
    };
    const target = {
      reads: isLast ? given : [],
      writes: [after ?? y],
      wanted: count,
      store: (writer: TaskWriter, { position, payload }: { position: string; payload: string }) =>
        after ? `heap[${writer.placeOf(after)} + ${position}] = ${payload};` : put(writer, position, payload),
    };
    tasks.push(...sortTasks(source, target, temporaries));
    order = after;
  }
  return tasks;
}

/** The random word of an element in a round. */
function drawn(writer: TaskWriter, key: Buffer, round: number, at: string): { code: string; key: string } {
  writer.use("threefry");
  const place = writer.placeOf(key);
  const lines: string[] = [];
  const named = (code: string) => {
    const name = writer.name("words");
    lines.push(`let ${name} = ${code};`);
    return name;
  };
  const words = (of: string, count: string) =>
    named(`threefry(bitcast<i32>(${of}.x), bitcast<i32>(${of}.y), ${count})`);
  let current = named(`vec2<u32>(heap[${place}], heap[${place} + 1u])`);
  for (let i = 0; i < round; i++) current = words(current, "0i");
  const word = words(words(current, "1i"), `bitcast<i32>(${at})`);
  return { code: lines.join("\n"), key: `${word}.x ^ ${word}.y` };
}

function copyTask(
  count: number,
  reads: readonly Buffer[],
  y: Buffer,
  put: (writer: TaskWriter, position: string, from: string) => string,
): Task {
  return {
    label: `permutation of ${count}`,
    reads,
    writes: [y],
    groups: Math.ceil(count / WORKGROUP),
    sharedWords: 0,
    flops: 0,
    emit: (writer) => `
let at = group * ${WORKGROUP}u + lane;
if (at < ${count}u) { ${put(writer, "at", "at")} }`,
  };
}
