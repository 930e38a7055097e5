/** @file Pieces of WGSL that all products are written with. */
import { type Buffer, parts } from "../../../expr/expr.ts";
import { Block } from "../emit/expression.ts";
import type { TaskWriter } from "../task.ts";
import type { Coordinate, Operand, Product } from "./product.ts";

/** A u32 literal; negative numbers modulo 2^32. */
export function literal(value: number): string {
  return `${value >>> 0}u`;
}

/** Where a coordinate is: the offset that it brings, and what it adds to the position on each padded axis. */
export interface Located {
  readonly offset: string;
  readonly positions: readonly string[];
}

/** Code that takes a coordinate apart. */
export class Digits {
  readonly lines: string[] = [];
  #count = 0;
  readonly #prefix: string;

  /** @param prefix of the names of its variables */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** A name for `expression`. */
  let(expression: string): string {
    if (/^\w+$/.test(expression)) return expression;
    const name = `${this.#prefix}${this.#count++}`;
    this.lines.push(`let ${name} = ${expression};`);
    return name;
  }

  /** A name for a number, which WGSL then does not compute with: it refuses constants that overflow. */
  number(value: number): string {
    const name = `${this.#prefix}${this.#count++}`;
    this.lines.push(`let ${name} = ${literal(value)};`);
    return name;
  }

  /**
   * @param at the coordinate, a u32
   * @param starts where the positions begin
   */
  locate(at: string, coordinate: Coordinate, starts: readonly number[] = []): Located {
    const offsets: string[] = [];
    const positions: string[][] = starts.map(() => []);
    const digits = coordinate.filter(({ size }) => size > 1);
    let rest = at;
    for (let i = digits.length - 1; i >= 0; i--) {
      const { size, stride, axis, step = 0 } = digits[i]!;
      const isUsed = stride !== 0 || (axis !== undefined && step !== 0);
      const whole = rest;
      if (i > 0) rest = this.let(`${whole} / ${literal(size)}`);
      if (!isUsed) continue;
      const digit = i === 0 ? whole : this.let(`${whole} - ${rest} * ${literal(size)}`);
      if (stride !== 0) offsets.push(times(digit, stride));
      if (axis !== undefined && step !== 0) positions[axis]!.push(times(digit, step));
    }
    return {
      offset: this.let(sum(offsets)),
      positions: positions.map((terms, axis) => this.let(sum(terms, starts[axis]))),
    };
  }
}

function times(value: string, factor: number): string {
  return factor === 1 ? value : `${value} * ${literal(factor)}`;
}

function sum(terms: readonly string[], begin = 0): string {
  const all = begin === 0 ? [...terms] : [...terms, literal(begin)];
  return all.length === 0 ? "0u" : all.join(" + ");
}

/** The kept part of a place in `operand`. */
export function locateKept(digits: Digits, at: string, operand: Operand): Located {
  return digits.locate(
    at,
    operand.kept,
    operand.axes.map(({ start }) => start),
  );
}

/** What a term adds to a place in `operand`. */
export function locateTerm(digits: Digits, at: string, operand: Operand): Located {
  return digits.locate(
    at,
    operand.terms,
    operand.axes.map(() => 0),
  );
}

/** Reads elements of an operand. */
export interface Reader {
  /**
   * The element at `kept` and `term`, an f32; 0 in the padding and where `isThere`, a truth value, is false. Elements
   * beyond the last one that the heap has are anything: the heap is never read outside.
   *
   * @param digits takes what has to be computed before
   */
  read(digits: Digits, kept: Located, term: Located, isThere?: string): string;
  /** The same, and the conditions under which it is no padding. */
  element(digits: Digits, kept: Located, term: Located): { conditions: string[]; value: string };
}

/** @param base a u32 that is added to all places: of the matrix in its batch */
export function readerOf(writer: TaskWriter, operand: Operand, base: string): Reader {
  const element = (digits: Digits, kept: Located, term: Located) => {
    const conditions: string[] = [];
    const places = [base, kept.offset, term.offset].filter((place) => place !== "0u");
    for (const [axis, { size, apart }] of operand.axes.entries()) {
      const terms = [kept.positions[axis]!, term.positions[axis]!].filter((position) => position !== "0u");
      if (terms.length === 0) continue;
      const position = terms.length === 1 ? terms[0]! : `(${terms.join(" + ")})`;
      if (!apart) conditions.push(`${position} < ${literal(size)}`);
      else {
        const index = `${position} / ${literal(apart.positions)}`;
        conditions.push(`${position} % ${literal(apart.positions)} == 0u`, `${index} < ${literal(size)}`);
        places.push(`${index} * ${literal(apart.stride)}`);
      }
    }
    const value = elementAt(writer, operand, digits, places.length === 0 ? "0u" : places.join(" + "));
    return { conditions, value };
  };
  return {
    element,
    read(digits, kept, term, isThere) {
      const { conditions, value } = element(digits, kept, term);
      if (isThere !== undefined) conditions.push(isThere);
      return conditions.length === 0 ? value : `select(0.0, ${value}, ${conditions.join(" && ")})`;
    },
  };
}

/** Splits `from`, a u32 that counts over all of `counts` (outermost first), into one name each. */
export function splitInto(from: string, counts: readonly (readonly [name: string, count: number])[]): string {
  const lines: string[] = [];
  let rest = from;
  for (let i = counts.length - 1; i >= 0; i--) {
    const [name, count] = counts[i]!;
    const isLast = counts.slice(0, i).every(([, outer]) => outer === 1);
    if (count === 1) lines.push(`let ${name} = 0u;`);
    else if (isLast) {
      lines.push(`let ${name} = ${rest};`);
      rest = "0u";
    } else {
      lines.push(
        `let ${name} = ${rest} % ${literal(count)};`,
        `let ${name}_rest = ${rest} / ${literal(count)};`,
      );
      rest = `${name}_rest`;
    }
  }
  return lines.join("\n");
}

/** Declares `base_a`, `base_b` and `base_c`: where the matrices of the batch number `batch` begin in their buffers. */
export function emitBases(writer: TaskWriter, { batch, a, b, c }: Product): string {
  const digits = new Digits("batch_");
  const lines = Object.entries({ a, b, c }).map(([operand, { offset }]) => {
    const coordinate = batch.map((dimension) => ({
      size: dimension.size,
      stride: dimension[operand as "a" | "b" | "c"],
    }));
    const begin = writer.number(offset >>> 0);
    return `let base_${operand} = ${begin} + ${digits.locate("batch", coordinate).offset};`;
  });
  return [...digits.lines, ...lines].join("\n");
}

/** The place of the result at `row` and `column`, in its buffer. */
export function resultPlace(digits: Digits, { c }: Product, row: string, column: string): string {
  const [rows, columns] = [digits.locate(row, c.rows), digits.locate(column, c.columns)];
  return digits.let(`base_c + ${rows.offset} + ${columns.offset}`);
}

/** The buffers that elements of `operand` are read from. */
export function readsOfOperand({ buffer, expr }: Operand): Buffer[] {
  if (!expr) return [buffer];
  return parts(expr).flatMap((part) => ("buffer" in part ? [part.buffer] : []));
}

/** The element of `operand` at `place` in its buffer: read, or computed from what is read. */
function elementAt(writer: TaskWriter, { buffer, expr }: Operand, digits: Digits, place: string): string {
  if (!expr) return `bitcast<f32>(heap[${writer.placeOf(buffer)} + ${place}])`;
  const name = writer.name("place");
  digits.lines.push(`let ${name} = ${place};`);
  const block = Block.over(writer, [buffer.size]).inside(name);
  const value = block.value(expr);
  if (block.code !== "") digits.lines.push(block.code);
  return value;
}
