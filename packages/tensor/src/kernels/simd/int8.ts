/** @file Packed int8 in vector instructions. */
import { I32, op, V128, type WasmFunction } from "./assemble.ts";

const { get, set, int, advance, until, v128, f32x4, i8x16, i16x8, i32x4 } = op;

/** Instructions one after the other. */
function line(...parts: readonly (readonly number[])[]): number[] {
  return parts.flat();
}

/** Rows of words that are multiplied before sums go to memory. */
const ROWS = 4;

/** The four columns that byte `j` of four words is, as floats; the words are on the stack. */
function columnsOf(j: number): number[] {
  const up = j === 3 ? [] : [...int(24 - 8 * j), ...i32x4.shiftLeft];
  return [...up, ...int(24), ...i32x4.shiftRight, ...f32x4.convert];
}

/** Sets `twice` and `thrice` to that many times `bytes`, which becomes the bytes of `width` words. */
function multiples(width: number, bytes: number, twice: number, thrice: number): number[] {
  return [
    ...line(get(width), int(2), op.shiftLeft, set(bytes)),
    ...line(get(bytes), get(bytes), op.add, set(twice)),
    ...line(get(twice), get(bytes), op.add, set(thrice)),
  ];
}

/** 64, in LEB128. */
const LINE = [0x41, 0xc0, 0x00];

/** 2^-24 in all four places: factors are divided by what a byte is multiplied by as the highest of a word. */
const LOWERED = [0xfd, 0x0c, ...[0, 1, 2, 3].flatMap(() => [0, 0, 0x80, 0x33])];

/**
 * `int8Multiply(x, words, out, k, width)`: adds to `out` the product of `count` rows of `x` `[count, k]` and the columns
 * of `words` `[k, width]`; `width` is a multiple of 4. Sums of the bytes of a word are neighbours: that of byte `j` of
 * word `i` is number `4 * i + j` of `[count, 4 * width]`.
 *
 * A byte above three bytes of zeros is a word, whose conversion to float is exact.
 */
function int8Multiply(name: string, count: 1 | 2): WasmFunction {
  const [x, words, out, k, width, left, at, to, bytes, twice, thrice, other, otherTo] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] as const; // prettier-ignore
  const [zero, quad, pair, value] = [13, 14, 15, 16] as const;
  const rowsOfX = [
    { from: x, sumsAt: to, factors: [17, 18, 19, 20], sums: [21, 22, 23, 24] },
    { from: other, sumsAt: otherTo, factors: [25, 26, 27, 28], sums: [29, 30, 31, 32] },
  ].slice(0, count);
  const further = [[], get(bytes), get(twice), get(thrice)].map((step) =>
    step.length > 0 ? [...step, ...op.add] : [],
  );
  const rows = (length: number) => {
    const used = Array.from({ length }, (_, row) => row);
    const wordsOf = [0, 1, 2, 3];
    return [
      ...rowsOfX.flatMap(({ from, factors }) =>
        used.flatMap((row) =>
          line(get(from), v128.loadSplat(4 * row), LOWERED, f32x4.multiply, set(factors[row]!)),
        ),
      ),
      ...line(get(words), set(at), get(out), set(to), get(width), set(left)),
      // Sums of the second row of `x` are behind those of the first, as many bytes as four rows of words.
      ...line(get(out), get(bytes), int(2), op.shiftLeft, op.add, set(otherTo)),
      ...until(
        [...get(left), ...op.isZero],
        [
          ...rowsOfX.flatMap(({ sumsAt, sums }) =>
            wordsOf.flatMap((word) => line(get(sumsAt), v128.loadAt(16 * word), set(sums[word]!))),
          ),
          ...used.flatMap((row) => [
            ...line(get(at), further[row]!, v128.load, set(quad)),
            ...wordsOf.flatMap((word) => [
              ...(word % 2 === 0 ? line(get(zero), get(quad), i8x16.interleave(word === 2), set(pair)) : []),
              ...line(get(zero), get(pair), i16x8.interleave(word % 2 === 1), f32x4.convert, set(value)),
              ...rowsOfX.flatMap(({ factors, sums }) =>
                line(
                  get(sums[word]!),
                  get(value),
                  get(factors[row]!),
                  f32x4.multiply,
                  f32x4.add,
                  set(sums[word]!),
                ),
              ),
            ]),
          ]),
          ...rowsOfX.flatMap(({ sumsAt, sums }) => [
            ...wordsOf.flatMap((word) => line(get(sumsAt), get(sums[word]!), v128.storeAt(16 * word))),
            ...line(get(sumsAt), LINE, op.add, set(sumsAt)),
          ]),
          ...advance(at, 16),
          ...line(get(left), int(4), op.subtract, set(left)),
        ],
      ),
      ...rowsOfX.flatMap(({ from }) => advance(from, 4 * length)),
      ...used.flatMap(() => [...get(words), ...get(bytes), ...op.add, ...set(words)]),
      ...line(get(k), int(length), op.subtract, set(k)),
    ];
  };
  return {
    name,
    parameters: [I32, I32, I32, I32, I32],
    locals: [...Array.from({ length: 8 }, () => I32), ...Array.from({ length: 4 + 16 }, () => V128)],
    code: [
      ...multiples(width, bytes, twice, thrice),
      ...line(get(x), get(k), int(2), op.shiftLeft, op.add, set(other)),
      ...line(i32x4.zero, set(zero)),
      ...until([...get(k), ...int(ROWS), ...op.lessThan], rows(ROWS)),
      ...until([...get(k), ...op.isZero], rows(1)),
    ],
  };
}

/** `int8Unpack(words, out, rows, width)`: all columns of `words` `[rows, width]` as floats `[rows, 4 * width]`. */
function int8Unpack(): WasmFunction {
  const [words, out, rows, width, left, bytes, twice, thrice, quad] = [0, 1, 2, 3, 4, 5, 6, 7, 8] as const;
  return {
    name: "int8Unpack",
    parameters: [I32, I32, I32, I32],
    locals: [I32, I32, I32, I32, V128],
    code: [
      ...multiples(width, bytes, twice, thrice),
      ...until(
        [...get(rows), ...op.isZero],
        [
          ...line(get(width), set(left)),
          ...until(
            [...get(left), ...op.isZero],
            [
              ...line(get(words), v128.load, set(quad)),
              ...[[], get(bytes), get(twice), get(thrice)].flatMap((step, j) => [
                ...get(out),
                ...(step.length > 0 ? [...step, ...op.add] : []),
                ...line(get(quad), columnsOf(j), v128.store),
              ]),
              ...advance(words, 16),
              ...advance(out, 16),
              ...line(get(left), int(4), op.subtract, set(left)),
            ],
          ),
          ...line(get(out), get(thrice), op.add, set(out)),
          ...line(get(rows), int(1), op.subtract, set(rows)),
        ],
      ),
    ],
  };
}

export const INT8: readonly WasmFunction[] = [
  int8Multiply("int8Multiply", 1),
  int8Multiply("int8MultiplyTwo", 2),
  int8Unpack(),
];
