/** @file Rows added to, or put into, the rows of a table that indices name: without atomics, always in the same order. */
import type { Buffer } from "../../../expr/expr.ts";
import type { ScatterSpec } from "../../../steps/specs/scatter.ts";
import { type Bounds, type Fold, foldTasks, type Temporaries } from "../reduce/fold.ts";
import { levelsOf } from "../reduce/levels.ts";
import type { State } from "../reduce/state.ts";
import { type Task, type TaskWriter, WORKGROUP } from "../task.ts";
import { sortTasks } from "./sort.ts";

/** What scatters work with. */
interface Operands {
  readonly updates: Buffer;
  readonly indices: Buffer;
  readonly table: Buffer;
}

/**
 * Operands: updates `[rows, inner]`, indices `[rows]` (those outside of `[0, limit)` are left out), table
 * `[limit, inner]`, whose other rows stay as they are.
 */
export function scatter(
  spec: ScatterSpec,
  [updates, indices, table]: readonly [Buffer, Buffer, Buffer],
  temporaries: Temporaries,
): Task[] {
  const { rows, limit, inner, mode } = spec;
  const operands = { updates, indices, table };
  const sorting = sortingCost(rows);
  // For each element of the table, or of the updates, a look at all indices; or sorted indices.
  const costs = {
    tableRows: rows * limit * inner,
    updateRows: rows * rows * inner,
    sortedTable: sorting + rows * inner + 2 * limit * inner * Math.ceil(Math.log2(rows + 1)),
    sortedUpdates: sorting + 2 * rows * inner,
  };
  const direct = Math.min(costs.tableRows, costs.updateRows);
  if (direct <= Math.min(costs.sortedTable, costs.sortedUpdates)) {
    return costs.tableRows <= costs.updateRows
      ? foldTasks(tableFold(spec, operands), temporaries)
      : [updateTask(spec, operands)];
  }
  const sorted = { keys: temporaries(rows), order: temporaries(rows) };
  const sort = sortTasks(indexSource(spec, indices), sortedTarget(sorted), temporaries);
  // Where many updates come to a row, several invocations add them.
  const isCrowded = mode === "add" && rows > 2 * limit;
  const add = isCrowded
    ? foldTasks(sortedFold(spec, operands, sorted), temporaries, Math.ceil((2 * rows) / limit))
    : [sortedTask(spec, operands, sorted)];
  return [...sort, ...add];
}

/** What it costs to sort `rows` indices, in looks at an index; a launch costs some, too. */
function sortingCost(rows: number): number {
  const passes = Math.max(0, Math.ceil(Math.log(rows / 1024) / Math.log(4)));
  return 2 ** 18 * (1 + passes) + rows * (55 + passes * 3 * Math.ceil(Math.log2(rows + 1)));
}

/** An element of `buffer`, as a number. */
function numberAt(writer: TaskWriter, { lane }: ScatterSpec, buffer: Buffer, place: string): string {
  return `bitcast<${lane}>(heap[${writer.placeOf(buffer)} + ${place}])`;
}

/** What a row of the table collects: a sum, or one more than the number of the last update. */
function stateOf({ lane, mode }: ScatterSpec): State {
  if (mode === "set") return { type: "u32", neutral: "0u" };
  return lane === "f32" ? { type: "f32", neutral: "0.0", isSum: true } : { type: "i32", neutral: "0i" };
}

/** A fold for each element of the table. */
function foldOf(
  spec: ScatterSpec,
  { updates, indices, table }: Operands,
  rest: Pick<Fold, "take" | "bounds" | "direction"> & { reads: readonly Buffer[] },
): Fold {
  const { rows, inner, limit, mode } = spec;
  return {
    label: `scatter ${rows}x${inner} into ${limit}`,
    kept: limit * inner,
    reduced: rows,
    states: [stateOf(spec)],
    writes: [table],
    cost: 1,
    merge: ([state], [other]) =>
      mode === "add" ? `${state} += ${other};` : `${state} = max(${state}, ${other});`,
    finish(writer, [state], kept) {
      const place = `heap[${writer.placeOf(table)} + ${kept}]`;
      if (mode === "add")
        return `${place} = bitcast<u32>(${numberAt(writer, spec, table, kept)} + ${state});`;
      const from = `(${state} - 1u) * ${inner}u + ${kept} % ${inner}u`;
      return `if (${state} > 0u) { ${place} = heap[${writer.placeOf(updates)} + ${from}]; }`;
    },
    ...rest,
    reads: [...rest.reads, updates, indices],
    readsAfter: [updates, table],
  };
}

/** Each element of the table looks at all indices. */
function tableFold(spec: ScatterSpec, operands: Operands): Fold {
  const { inner, mode } = spec;
  return foldOf(spec, operands, {
    direction: "columns",
    reads: [],
    take(writer, [state], kept, reduced) {
      const place = `${reduced} * ${inner}u + ${kept} % ${inner}u`;
      const put =
        mode === "add"
          ? `${state} += ${numberAt(writer, spec, operands.updates, place)};`
          : `${state} = max(${state}, ${reduced} + 1u);`;
      return `if (heap[${writer.placeOf(operands.indices)} + ${reduced}] == ${kept} / ${inner}u) { ${put} }`;
    },
  });
}

/** A task with an invocation for each element of the updates. */
function perUpdate(
  spec: ScatterSpec,
  reads: readonly Buffer[],
  table: Buffer,
  flops: number,
  body: (writer: TaskWriter) => string,
): Task {
  const { rows, inner, limit } = spec;
  return {
    label: `scatter ${rows}x${inner} into ${limit}`,
    reads: [...reads, table],
    writes: [table],
    groups: Math.ceil((rows * inner) / WORKGROUP),
    sharedWords: 0,
    flops,
    emit: (writer) => `
let i = group * ${WORKGROUP}u + lane;
if (i < ${rows * inner}u) {
  let row = i / ${inner}u;
  let column = i % ${inner}u;
  ${body(writer)}
}`,
  };
}

/** Adds what the names say to the element of the table at `place`. */
function addTo(writer: TaskWriter, spec: ScatterSpec, table: Buffer, place: string, sum: string): string {
  const old = numberAt(writer, spec, table, place);
  return `heap[${writer.placeOf(table)} + ${place}] = bitcast<u32>(${old} + ${sum});`;
}

/** The first update of a row, or the last where it is put there, looks for the others. */
function updateTask(spec: ScatterSpec, { updates, indices, table }: Operands): Task {
  const { rows, inner, limit, mode } = spec;
  return perUpdate(spec, [updates, indices], table, rows * rows * inner, (writer) => {
    const indexAt = (at: string) => `heap[${writer.placeOf(indices)} + ${at}]`;
    const place = `index * ${inner}u + column`;
    if (mode === "set") {
      return `
  let index = ${indexAt("row")};
  var isLast = index < ${limit}u;
  for (var other = row + 1u; isLast && other < ${rows}u; other++) {
    if (${indexAt("other")} == index) { isLast = false; }
  }
  if (isLast) { heap[${writer.placeOf(table)} + ${place}] = heap[${writer.placeOf(updates)} + i]; }`;
    }
    const sum = sumCode(writer, spec, rows);
    return `
  let index = ${indexAt("row")};
  var isFirst = index < ${limit}u;
  for (var other = 0u; isFirst && other < row; other++) {
    if (${indexAt("other")} == index) { isFirst = false; }
  }
  if (isFirst) {
    ${sum.declare}
    for (var other = row; other < ${rows}u; other++) {
      if (${indexAt("other")} == index) {
        ${sum.add(numberAt(writer, spec, updates, `other * ${inner}u + column`))}
      }
    }
    ${sum.settle}
    ${addTo(writer, spec, table, place, sum.name)}
  }`;
  });
}

/** Code that adds up to `terms` numbers. */
function sumCode(writer: TaskWriter, spec: ScatterSpec, terms: number) {
  const state = stateOf(spec);
  const name = writer.name("sum");
  const levels = levelsOf(writer, [state], [name], terms);
  return {
    name,
    declare: `var ${name} = ${state.neutral};\n${levels.declare}`,
    add: (term: string) => `${name} += ${term};\n${levels.turn}`,
    settle: levels.settle,
  };
}

/** Sorted indices, those left out behind all others, and the updates that they belong to. */
interface Sorted {
  readonly keys: Buffer;
  readonly order: Buffer;
}

function indexSource({ rows }: ScatterSpec, indices: Buffer) {
  return {
    label: `sort of ${rows} indices`,
    rows: 1,
    size: rows,
    reads: [indices],
    // Unsigned, negative indices are beyond the limit as well.
    key: (writer: TaskWriter, _: string, at: string) => ({
      code: "",
      key: `heap[${writer.placeOf(indices)} + ${at}]`,
    }),
    payload: (_: TaskWriter, __: string, at: string) => at,
  };
}

function sortedTarget({ keys, order }: Sorted) {
  return {
    reads: [],
    writes: [keys, order],
    wanted: keys.size,
    store: (
      writer: TaskWriter,
      { position, key, payload }: { position: string; key: string; payload: string },
    ) => `
heap[${writer.placeOf(keys)} + ${position}] = ${key};
heap[${writer.placeOf(order)} + ${position}] = ${payload};`,
  };
}

/** The first or the last of equal sorted indices does what there is to do for all of them. */
function sortedTask(spec: ScatterSpec, { updates, table }: Operands, { keys, order }: Sorted): Task {
  const { rows, inner, limit, mode } = spec;
  return perUpdate(spec, [updates, keys, order], table, rows * inner, (writer) => {
    const key = (at: string) => `heap[${writer.placeOf(keys)} + ${at}]`;
    const from = (at: string) => `heap[${writer.placeOf(order)} + ${at}] * ${inner}u + column`;
    const place = `index * ${inner}u + column`;
    if (mode === "set") {
      const isLast = `(row == ${rows - 1}u || ${key(`min(row + 1u, ${rows - 1}u)`)} != index)`;
      return `
  let index = ${key("row")};
  if (index < ${limit}u && ${isLast}) {
    heap[${writer.placeOf(table)} + ${place}] = heap[${writer.placeOf(updates)} + ${from("row")}];
  }`;
    }
    const sum = sumCode(writer, spec, rows);
    return `
  let index = ${key("row")};
  if (index < ${limit}u && (row == 0u || ${key("max(row, 1u) - 1u")} != index)) {
    ${sum.declare}
    for (var other = row; other < ${rows}u; other++) {
      if (${key("other")} != index) { break; }
      ${sum.add(numberAt(writer, spec, updates, from("other")))}
    }
    ${sum.settle}
    ${addTo(writer, spec, table, place, sum.name)}
  }`;
  });
}

/** Each element of the table looks for its sorted indices. */
function sortedFold(spec: ScatterSpec, operands: Operands, { keys, order }: Sorted): Fold {
  const { rows, inner } = spec;
  return foldOf(spec, operands, {
    direction: inner === 1 ? "rows" : "columns",
    reads: [keys, order],
    bounds(writer, kept): Bounds {
      const search = (to: string, index: string) => `
  var ${to} = 0u;
  var ${to}High = ${rows}u;
  while (${to} < ${to}High) {
    let middle = (${to} + ${to}High) / 2u;
    if (heap[${writer.placeOf(keys)} + middle] < ${index}) { ${to} = middle + 1u; } else { ${to}High = middle; }
  }`;
      const code = `let index = ${kept} / ${inner}u;${search("first", "index")}${search("behind", "index + 1u")}`;
      return { code, from: "first", to: "behind" };
    },
    take(writer, [state], kept, reduced) {
      const place = `heap[${writer.placeOf(order)} + ${reduced}] * ${inner}u + ${kept} % ${inner}u`;
      return `${state} += ${numberAt(writer, spec, operands.updates, place)};`;
    },
  });
}
