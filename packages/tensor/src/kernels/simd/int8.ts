/** @file Packed int8 in vector instructions. */
import { I32, op, V128, type WasmFunction } from "./assemble.ts";

const { get, set, int, advance, until, v128, f32x4, i32x4 } = op;

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

/**
 * `int8Multiply(x, words, out, k, width)`: adds to `out`, of four times `width` columns, the product of `x` `[k]` and
 * the columns of `words` `[k, width]`; `width` is a multiple of 4.
 */
function int8Multiply(): WasmFunction {
  const [x, words, out, k, width, left, at, to, bytes, twice, thrice] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10] as const; // prettier-ignore
  const [factors, quads] = [
    [11, 12, 13, 14],
    [15, 16, 17, 18],
  ] as const;
  const further = [[], get(bytes), get(twice), get(thrice)].map((step) =>
    step.length > 0 ? [...step, ...op.add] : [],
  );
  const rows = (count: number) => {
    const used = Array.from({ length: count }, (_, row) => row);
    return [
      ...used.flatMap((row) => [...get(x), ...v128.loadSplat(4 * row), ...set(factors[row]!)]),
      ...line(get(words), set(at), get(out), set(to), get(width), set(left)),
      ...until(
        [...get(left), ...op.isZero],
        [
          ...used.flatMap((row) => [...get(at), ...further[row]!, ...v128.load, ...set(quads[row]!)]),
          ...further.flatMap((step, j) => [
            ...line(get(to), step, get(to), step, v128.load),
            ...used.flatMap((row) =>
              line(get(quads[row]!), columnsOf(j), get(factors[row]!), f32x4.multiply, f32x4.add),
            ),
            ...v128.store,
          ]),
          ...advance(at, 16),
          ...advance(to, 16),
          ...line(get(left), int(4), op.subtract, set(left)),
        ],
      ),
      ...advance(x, 4 * count),
      ...used.flatMap(() => [...get(words), ...get(bytes), ...op.add, ...set(words)]),
      ...line(get(k), int(count), op.subtract, set(k)),
    ];
  };
  return {
    name: "int8Multiply",
    parameters: [I32, I32, I32, I32, I32],
    locals: [I32, I32, I32, I32, I32, I32, V128, V128, V128, V128, V128, V128, V128, V128],
    code: [
      ...multiples(width, bytes, twice, thrice),
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

export const INT8: readonly WasmFunction[] = [int8Multiply(), int8Unpack()];
