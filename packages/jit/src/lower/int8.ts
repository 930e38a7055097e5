/** @file Lowerings of packed int8: made floats where they are used, or multiplied as they lie. */
import { and, mul } from "../expr/arithmetic.ts";
import type { Expr } from "../expr/expr.ts";
import { apply } from "../expr/operations.ts";
import { product, simplify } from "../expr/segments.ts";
import type { Lowering, Tensor } from "./context.ts";
import { filled } from "./convert.ts";
import { multiplied } from "./matmul.ts";
import { slice } from "./moves.ts";
import { reduced } from "./reduction.ts";
import { routineOf } from "./routine.ts";
import { type LoweringRules, rule } from "./rule.ts";
import { FLOAT, INT } from "./takes.ts";

/** Bytes of a word: a row holds its columns in so many runs. */
const BYTES = 4;
/** From so many rows on, words are made floats once, for a product of floats. */
const MANY_ROWS = 16;
/** With more terms than this a sum in float32 needs the care that products of floats take. */
const MOST_TERMS = 65_536;

/** What a byte is multiplied by to become the highest of a word: with its sign, and nothing below. */
const SHIFTS = Int32Array.of(2 ** 24, 2 ** 16, 2 ** 8, 1);
const HIGHEST = 0xff << 24;

/** Parts of the terms of a large product: memory is read in order then, whole rows of words by each of the threads. */
const PARTS = [8, 7, 6, 5, 4, 3, 2];
/** The fewest terms of a part, and the fewest words of which there are parts. */
const PART_TERMS = 128;
const PARTED_WORDS = 1 << 16;

function partsOf(k: number, width: number): number {
  if (k * width < PARTED_WORDS) return 1;
  return PARTS.find((parts) => k % parts === 0 && k >= parts * PART_TERMS) ?? 1;
}

/** `[...rows, width]` words as floats `[...rows, columns]`. */
function unpacked(lowering: Lowering, words: Tensor, columns: number): Tensor {
  const lead = words.shape.slice(0, -1);
  const [rows, width] = [product(lead), words.shape.at(-1)!];
  const shape = [...lead, columns];
  if (product(shape) === 0) return filled(shape, "float32", 0);
  const shifts = lowering.buffer(BYTES, { kind: "constant", elements: SHIFTS });
  const read = (buffer: typeof shifts, [row, byte, word]: readonly [number, number, number]): Expr => ({
    kind: "load",
    lane: "i32",
    buffer,
    offset: 0,
    segments: simplify([
      { size: rows, stride: row },
      { size: BYTES, stride: byte },
      { size: width, stride: word },
    ]),
  });
  const word = read(lowering.bufferOf(words), [width, 0, 1]);
  const lifted = mul(word, read(shifts, [0, 1, 0]));
  const high = and(lifted, HIGHEST);
  // Exact: eight bits and a power of two.
  const expr = mul(apply("f32.fromI32", high), 2 ** -24);
  return withoutRest(lowering, { shape: [...lead, BYTES * width], dtype: "float32", expr }, columns);
}

/** `tensor` without the columns that only fill its last words. */
function withoutRest(lowering: Lowering, tensor: Tensor, columns: number): Tensor {
  const size = [...tensor.shape.slice(0, -1), columns];
  if (columns === tensor.shape.at(-1)) return tensor;
  const begin = size.map(() => 0);
  return slice(lowering, tensor, begin, size);
}

interface Columns {
  columns: number;
}

/** Rows of int8, and products with them. */
export const int8: LoweringRules = {
  Int8Unpack: rule<{ words: Tensor }, Columns>(INT, (lowering, { words }, { columns }) =>
    unpacked(lowering, words, columns),
  ),
  Int8MatMul: rule<{ x: Tensor; words: Tensor }, Columns>(
    { all: FLOAT, named: { words: INT } },
    (lowering, { x, words }, { columns: n }) => {
      const [m, k] = x.shape as [number, number];
      const width = words.shape[1]!;
      if (m * k * n === 0) return filled([m, n], "float32", 0);
      if (m < MANY_ROWS && k <= MOST_TERMS) {
        const parts = partsOf(k, width);
        const whole = { shape: [m, BYTES * width], dtype: "float32" as const };
        const label = `int8 product ${m}x${k}x${n}`;
        const spec = { kind: "int8 product" as const, m, k: k / parts, width, parts };
        const given = { ...whole, shape: [parts, ...whole.shape] };
        const [y] = routineOf(lowering, label, [x, words], [given], spec);
        return withoutRest(lowering, reduced(lowering, y!, [0], "sum", whole), n);
      }
      const a = lowering.strided(x);
      const b = lowering.strided(unpacked(lowering, words, n));
      const [ofA, ofB] = [a, b].map(({ strides: [row, column] }) => ({ row: row!, column: column! }));
      return multiplied(lowering, { a, b, matmul: { m, n, k, a: ofA!, b: ofB! } }, [m, n]);
    },
  ),
};
