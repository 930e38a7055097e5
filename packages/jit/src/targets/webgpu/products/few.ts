/** @file Products with few rows: each invocation sums a share of the terms of one column, for all rows. */
import { type Task, type TaskWriter, WORKGROUP } from "../task.ts";
import {
  Digits,
  emitBases,
  literal,
  locateKept,
  locateTerm,
  readerOf,
  readsOfOperand,
  resultPlace,
  splitInto,
} from "./code.ts";
import { batchesOf, flopsOf, isDense, type Product } from "./product.ts";
import { emitWithoutPadding, locateRow } from "./padding.ts";
import { type Finish } from "./result.ts";
import { blockOf } from "./sums.ts";

/** The most rows: an invocation has a sum of each in a register. */
export const FEW = 8;

/** How the work is shared. */
export interface FewPlan {
  /** Columns of a workgroup, a power of two. Its invocations share the terms of each. */
  readonly columns: number;
  /** Parts of the terms, for a workgroup each. */
  readonly chunks: number;
}

/** How many elements of an operand are read before any of them is used, so that reads do not wait for each other. */
const AHEAD = 4;

/** For at most {@link FEW} rows. */
export function fewTask(label: string, product: Product, { columns, chunks }: FewPlan, finish: Finish): Task {
  const { m, n, k, a, b } = product;
  const batches = batchesOf(product);
  const slices = WORKGROUP / columns;
  const blocks = Math.ceil(n / columns);
  const length = Math.ceil(k / chunks);
  const block = blockOf(Math.ceil(length / slices));
  const ahead = m > AHEAD ? AHEAD / 2 : AHEAD;
  const rows = Array.from({ length: m }, (_, row) => row);
  return {
    label,
    reads: [...new Set([...readsOfOperand(a), ...readsOfOperand(b), ...finish.reads])],
    writes: finish.writes,
    groups: batches * chunks * blocks,
    sharedWords: slices > 1 ? m * WORKGROUP : 0,
    flops: flopsOf(product) + finish.flops,
    emit(writer) {
      // Invocations that follow each other read elements that do.
      const alongTerms = isDense(b.terms) && !isDense(b.kept);
      const [columnIn, slice] = alongTerms
        ? [`lane / ${literal(slices)}`, `lane % ${literal(slices)}`]
        : [`lane % ${literal(columns)}`, `lane / ${literal(columns)}`];
      const kept = new Digits("at_");
      const column = locateKept(kept, "c_column", b);
      const rowsAt = rows.map((row) => locateRow(kept, m === 1 ? "0u" : kept.number(row), a, "c_column"));
      const left = readerOf(writer, a, "base_a");
      const right = readerOf(writer, b, "base_b");
      const step = (count: number) => {
        const reads = Array.from({ length: count }, (_, i) => {
          const digits = new Digits(`term${i}_`);
          const term = digits.let(`term + ${i * slices}u`);
          const [termA, termB] = [locateTerm(digits, term, a), locateTerm(digits, term, b)];
          const values = [
            `let b${i} = ${right.read(digits, column, termB)};`,
            ...rows.map((row) => `let a${i}_${row} = ${left.read(digits, rowsAt[row]!, termA)};`),
          ];
          return [...digits.lines, ...values];
        });
        const sums = Array.from({ length: count }, (_, i) =>
          rows.map((row) => `sum${row} += a${i}_${row} * b${i};`),
        );
        return [...reads, ...sums].flat().join("\n    ");
      };
      const loop = (end: string) => `
  for (; term + ${(ahead - 1) * slices}u < ${end}; term += ${ahead * slices}u) {
    ${step(ahead)}
  }
  for (; term < ${end}; term += ${slices}u) {
    ${step(1)}
  }`;
      const each = (line: (row: number) => string) => rows.map(line).join("\n  ");
      const summed =
        block === undefined
          ? loop("end")
          : `
  ${each((row) => `var total${row} = 0.0;`)}
  while (term < end) {
    let block_end = min(end, term + ${literal(block * slices)});
    ${each((row) => `sum${row} = 0.0;`)}
    ${loop("block_end")}
    ${each((row) => `total${row} += sum${row};`)}
  }
  ${each((row) => `sum${row} = total${row};`)}`;
      return `
${splitInto("group", [
  ["batch", batches],
  ["chunk", chunks],
  ["block", blocks],
])}
let c_column = block * ${literal(columns)} + ${columnIn};
let slice = ${slice};
${emitBases(writer, product)}
let end = min(${literal(k)}, (chunk + 1u) * ${literal(length)});
var term = chunk * ${literal(length)} + slice;
${kept.lines.join("\n")}
${each((row) => `var sum${row} = 0.0;`)}
if (c_column < ${literal(n)}) {${summed}
}
${slices > 1 ? tree(writer, rows, slices, alongTerms ? 1 : columns) : ""}
if (slice == 0u && c_column < ${literal(n)}) {
${rows
  .map((row) => {
    const digits = new Digits("result_");
    const at = digits.number(row);
    const place = resultPlace(digits, product, at, "c_column");
    const sum = { row: at, column: "c_column", from: `chunk * ${literal(length)}`, to: "end" };
    return `{
  ${digits.lines.join("\n  ")}
  let element = ${place};
  var value = sum${row};
  ${emitWithoutPadding(writer, product, sum, "value")}
  ${finish.emit(writer, "element", "value")}
}`;
  })
  .join("\n")}
}`;
    },
  };
}

/**
 * Adds up the sums of all slices of each column: by halves, through workgroup memory, and in the end among invocations
 * of one subgroup.
 *
 * @param apart from one slice to the next, in invocations
 */
function tree(writer: TaskWriter, rows: readonly number[], slices: number, apart: number): string {
  const place = (row: number, of: string) =>
    `shared_words[${row * WORKGROUP}u + (${of}) * ${WORKGROUP / slices}u + column_in]`;
  const { subgroup } = writer;
  const each = (line: (row: number) => string) => rows.map(line).join("\n    ");
  return `
let column_in = c_column % ${WORKGROUP / slices}u;
var half = ${slices / 2}u;
for (; ${subgroup === undefined ? "half > 0u" : `half * ${apart}u >= ${subgroup}`}; half >>= 1u) {
  if (slice >= half && slice < 2u * half) {
    ${each((row) => `${place(row, "slice")} = bitcast<u32>(sum${row});`)}
  }
  workgroupBarrier();
  if (slice < half) {
    ${each((row) => `sum${row} += bitcast<f32>(${place(row, "slice + half")});`)}
  }
}
${
  subgroup === undefined
    ? ""
    : `for (; half > 0u; half >>= 1u) {
  ${each((row) => `sum${row} += subgroupShuffleXor(sum${row}, half * ${apart}u);`)}
}`
}`;
}
