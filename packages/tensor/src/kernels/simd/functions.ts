/** @file What TensorFlow.js's wasm kernels get wrong with NaN and long axes, in vector instructions on the same memory. */
import { F32, F64, I32, op, V128, type WasmFunction } from "./assemble.ts";
import { INT8 } from "./int8.ts";

const { get, set, int, advance, until, f32, f64, v128, f32x4, f64x2 } = op;

/** Instructions one after the other. */
function line(...parts: readonly (readonly number[])[]): number[] {
  return parts.flat();
}

/** Repeats `four` while four elements are left, then `one` for each: pointers `moved` advance, `count` goes down. */
function sweep(
  moved: readonly number[],
  count: number,
  four: readonly number[],
  one: readonly number[],
): number[] {
  const step = (bytes: number, elements: number) => [
    ...moved.flatMap((pointer) => advance(pointer, bytes)),
    ...line(get(count), int(elements), op.subtract, set(count)),
  ];
  return [
    ...until([...get(count), ...int(4), ...op.lessThan], [...four, ...step(16, 4)]),
    ...until([...get(count), ...op.isZero], [...one, ...step(4, 1)]),
  ];
}

/** `clamp(x, out, n, low, high)`: a NaN anywhere gives NaN, as WebAssembly's own minimum and maximum do. */
function clamp(): WasmFunction {
  const [x, out, n, low, high, lows, highs] = [0, 1, 2, 3, 4, 5, 6] as const;
  return {
    name: "clamp",
    parameters: [I32, I32, I32, F32, F32],
    locals: [V128, V128],
    code: [
      ...line(get(low), f32x4.splat, set(lows)),
      ...line(get(high), f32x4.splat, set(highs)),
      ...sweep(
        [x, out],
        n,
        [...get(out), ...get(x), ...v128.load, ...get(lows), ...f32x4.max, ...get(highs), ...f32x4.min, ...v128.store], // prettier-ignore
        [...get(out), ...get(x), ...f32.load, ...get(low), ...f32.max, ...get(high), ...f32.min, ...f32.store], // prettier-ignore
      ),
    ],
  };
}

/** `maximum(a, b, out, n)` and `minimum(a, b, out, n)`. */
function extremum(name: "maximum" | "minimum"): WasmFunction {
  const [a, b, out, n] = [0, 1, 2, 3] as const;
  const [four, one] = name === "maximum" ? [f32x4.max, f32.max] : [f32x4.min, f32.min];
  return {
    name,
    parameters: [I32, I32, I32, I32],
    locals: [],
    code: sweep(
      [a, b, out],
      n,
      [...get(out), ...get(a), ...v128.load, ...get(b), ...v128.load, ...four, ...v128.store],
      [...get(out), ...get(a), ...f32.load, ...get(b), ...f32.load, ...one, ...f32.store],
    ),
  };
}

/** `sign(x, out, n)`: 1 or -1, and zeros and NaN as they are. */
function sign(): WasmFunction {
  const [x, out, n, four, ones, zeros, signs] = [0, 1, 2, 3, 4, 5, 6] as const;
  const one = [...f32.one, ...get(x), ...f32.load, ...f32.copySign];
  const compared = (comparison: readonly number[]) => [...get(x), ...f32.load, ...f32.zero, ...comparison];
  return {
    name: "sign",
    parameters: [I32, I32, I32],
    locals: [V128, V128, V128, V128],
    code: [
      ...line(f32.one, f32x4.splat, set(ones), f32.zero, f32x4.splat, set(zeros)),
      ...line(get(zeros), f32x4.negate, set(signs)),
      ...sweep(
        [x, out],
        n,
        [
          ...get(x),
          ...v128.load,
          ...set(four),
          ...get(out),
          ...get(four),
          ...get(signs),
          ...v128.and,
          ...get(ones),
          ...v128.or,
          ...get(four),
          ...get(four),
          ...get(zeros),
          ...f32x4.less,
          ...get(four),
          ...get(zeros),
          ...f32x4.greater,
          ...v128.or,
          ...v128.bitSelect,
          ...v128.store,
        ],
        [
          ...get(out),
          ...one,
          ...get(x),
          ...f32.load,
          ...compared(f32.less),
          ...compared(f32.greater),
          ...op.or,
          ...op.select,
          ...f32.store,
        ],
      ),
    ],
  };
}

/** `hasNaN(x, n)`: 1 or 0. */
function hasNaN(): WasmFunction {
  const [x, n, found, founds] = [0, 1, 2, 3] as const;
  const [four, one] = [line(get(x), v128.load), line(get(x), f32.load)];
  return {
    name: "hasNaN",
    parameters: [I32, I32],
    result: I32,
    locals: [I32, V128],
    code: [
      ...sweep(
        [x],
        n,
        line(get(founds), four, four, f32x4.notEqual, v128.or, set(founds)),
        line(get(found), one, one, f32.notEqual, op.or, set(found)),
      ),
      ...line(get(founds), v128.anyTrue, get(found), op.or),
    ],
  };
}

/** `sumRows(x, out, rows, n, divisor)`: each row of `n` added up in float64, divided and rounded once. */
function sumRows(): WasmFunction {
  const [x, out, rows, n, divisor, left, pair, other, sum] = [0, 1, 2, 3, 4, 5, 6, 7, 8] as const;
  const add = (to: number, offset: number) => [
    ...get(to),
    ...get(x),
    ...v128.loadHalf(offset),
    ...f64x2.promoteLow,
    ...f64x2.add,
    ...set(to),
  ];
  const zeros = (local: number) => [...f64.zero, ...f64x2.splat, ...set(local)];
  return {
    name: "sumRows",
    parameters: [I32, I32, I32, I32, F64],
    locals: [I32, V128, V128, F64],
    code: until(
      [...get(rows), ...op.isZero],
      [
        ...line(get(n), set(left), zeros(pair), zeros(other), f64.zero, set(sum)),
        ...sweep(
          [x],
          left,
          [...add(pair, 0), ...add(other, 8)],
          [...get(sum), ...get(x), ...f32.load, ...f64.promote, ...f64.add, ...set(sum)],
        ),
        ...line(get(pair), get(other), f64x2.add, set(pair)),
        ...line(get(out), get(pair), f64x2.lane(0), get(pair), f64x2.lane(1), f64.add),
        ...line(get(sum), f64.add, get(divisor), f64.divide, f32.demote, f32.store),
        ...advance(out, 4),
        ...line(get(rows), int(1), op.subtract, set(rows)),
      ],
    ),
  };
}

/**
 * `sumColumns(x, out, n, columns, divisor)`: each column of `n` rows added up in float64, divided and rounded once.
 * Eight columns at a time while there are as many, then four, then one.
 */
function sumColumns(): WasmFunction {
  const [x, out, n, columns, divisor, left, bytes, at, left2, sum] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] as const;
  const pairs = [10, 11, 12, 13] as const;
  const down = (body: readonly number[]) => [
    ...line(get(x), set(at), get(n), set(left2)),
    ...until(
      [...get(left2), ...op.isZero],
      [
        ...body,
        ...line(get(at), get(bytes), op.add, set(at)),
        ...line(get(left2), int(1), op.subtract, set(left2)),
      ],
    ),
  ];
  const aside = (width: number) => [
    ...advance(x, 4 * width),
    ...advance(out, 4 * width),
    ...line(get(left), int(width), op.subtract, set(left)),
  ];
  const block = (width: 4 | 8) => {
    const used = pairs.slice(0, width / 2);
    return [
      ...used.flatMap((pair) => line(f64.zero, f64x2.splat, set(pair))),
      ...down(
        used.flatMap((pair, i) =>
          line(get(pair), get(at), v128.loadHalf(8 * i), f64x2.promoteLow, f64x2.add, set(pair)),
        ),
      ),
      ...[0, 2]
        .slice(0, width / 4)
        .flatMap((i) => [
          ...line(
            get(out),
            ...[i, i + 1].map((pair) =>
              line(get(pairs[pair]!), get(divisor), f64x2.splat, f64x2.divide, f64x2.demote),
            ),
          ),
          ...line(f64x2.joinLow, v128.storeAt(8 * i)),
        ]),
      ...aside(width),
    ];
  };
  const single = [
    ...line(f64.zero, set(sum)),
    ...down(line(get(sum), get(at), f32.load, f64.promote, f64.add, set(sum))),
    ...line(get(out), get(sum), get(divisor), f64.divide, f32.demote, f32.store),
    ...aside(1),
  ];
  const fewer = (than: number) => line(get(left), int(than), op.lessThan);
  return {
    name: "sumColumns",
    parameters: [I32, I32, I32, I32, F64],
    locals: [I32, I32, I32, I32, F64, V128, V128, V128, V128],
    code: [
      ...line(get(columns), set(left), get(columns), int(2), op.shiftLeft, set(bytes)),
      ...until(fewer(8), block(8)),
      ...until(fewer(4), block(4)),
      ...until(fewer(1), single),
    ],
  };
}

export const FUNCTIONS: readonly WasmFunction[] = [
  clamp(),
  extremum("maximum"),
  extremum("minimum"),
  sign(),
  hasNaN(),
  sumRows(),
  sumColumns(),
  ...INT8,
];
