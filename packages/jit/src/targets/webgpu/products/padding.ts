/** @file Keeps padding out of sums: it is read as 0, and 0 times what is infinite or NaN would be NaN. */
import type { TaskWriter } from "../task.ts";
import { Digits, type Located, locateKept, locateTerm, readerOf } from "./code.ts";
import type { Operand, Product } from "./product.ts";

/** Which result, and which of its terms: names, all of type u32. */
export interface Sum {
  readonly row: string;
  readonly column: string;
  readonly from: string;
  /** The one behind the last. */
  readonly to: string;
}

/**
 * Statements that take the sum of one result again without its padding, where that can make a difference: if `value`,
 * the name of a variable of type f32, is NaN. Nothing for products without padding.
 */
export function emitWithoutPadding(writer: TaskWriter, product: Product, sum: Sum, value: string): string {
  const { a, b } = product;
  const kept = new Digits("again_at_");
  const rowAt = locateRow(kept, sum.row, a, sum.column);
  const columnAt = locateKept(kept, sum.column, b);
  const terms = new Digits("again_term_");
  const left = readerOf(writer, a, "base_a").element(terms, rowAt, locateTerm(terms, "again", a));
  const right = readerOf(writer, b, "base_b").element(terms, columnAt, locateTerm(terms, "again", b));
  const conditions = [...left.conditions, ...right.conditions];
  if (conditions.length === 0) return "";
  const isNaN = `(bitcast<u32>(${value}) & 0x7fffffffu) > 0x7f800000u`;
  // After a NaN nothing else can come: what is NaN all over costs one term.
  return `
if (${isNaN}) {
  ${kept.lines.join("\n  ")}
  ${value} = 0.0;
  for (var again = ${sum.from}; again < ${sum.to}; again++) {
    ${terms.lines.join("\n    ")}
    if (${conditions.join(" && ")}) {
      ${value} += ${left.value} * ${right.value};
      if (${isNaN}) { break; }
    }
  }
}`;
}

/** The place in `a` of a row, in the column `column` where each has terms of its own. */
export function locateRow(digits: Digits, row: string, a: Operand, column: string): Located {
  const kept = locateKept(digits, row, a);
  if (!a.across) return kept;
  const across = digits.locate(
    column,
    a.across,
    a.axes.map(() => 0),
  );
  return {
    offset: digits.let(`${kept.offset} + ${across.offset}`),
    positions: kept.positions.map((position, axis) => digits.let(`${position} + ${across.positions[axis]!}`)),
  };
}
