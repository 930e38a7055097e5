/** @file Operations of all dtypes, by TensorFlow.js and exactly: integers modulo 2^32, float64 rounded. */
import * as tf from "@tensorflow/tfjs-core";

/** Every value is a matrix of this shape. */
const [ROWS, COLUMNS] = [3, 4];
export const SHAPE: [number, number] = [ROWS, COLUMNS];
export const PLACES = Array.from({ length: ROWS * COLUMNS }, (_, i) => i);

type Dtype = "float32" | "int32" | "bool";

/** A value as plain numbers. */
export interface Exact {
  readonly dtype: Dtype;
  readonly data: readonly number[];
}

/** One of the operations: by TensorFlow.js, and exactly; undefined where the operands do not suit. */
interface Operation {
  readonly fits?: (a: Exact, b: Exact) => boolean;
  readonly tensor: (a: tf.Tensor, b: tf.Tensor, pick: number) => tf.Tensor;
  readonly exact: (a: Exact, b: Exact, pick: number) => Exact;
}

export const ORDER: readonly Dtype[] = ["bool", "int32", "float32"];
const wider = (a: Dtype, b: Dtype) => ORDER[Math.max(ORDER.indexOf(a), ORDER.indexOf(b))]!;

/** `x`, the exact result of an operation of `dtype`, as that holds it. */
export function held(x: number | bigint, dtype: Dtype): number {
  if (dtype === "float32") return Math.fround(Number(x));
  if (dtype === "bool") return Number(x !== 0 && x !== 0n);
  return typeof x === "bigint" ? Number(BigInt.asIntN(32, x)) : x | 0;
}

const cast = (a: Exact, dtype: Dtype): Exact => ({ dtype, data: a.data.map((x) => held(x, dtype)) });

type Number2 = (a: number, b: number) => number;
type Big2 = (a: bigint, b: bigint) => bigint;

/** An operation on elements of the wider dtype; integers and truth values by `big`. */
function binary(
  tensor: Operation["tensor"],
  float: Number2,
  big: Big2,
  { fits, least = "bool" }: { fits?: Operation["fits"]; least?: Dtype } = {},
): Operation {
  return {
    ...(fits && { fits }),
    tensor,
    exact: (a, b) => {
      const dtype = wider(least, wider(a.dtype, b.dtype));
      const [x, y] = [cast(a, dtype).data, cast(b, dtype).data];
      const result = x.map((value, i) =>
        dtype === "float32" ? float(value, y[i]!) : big(BigInt(value), BigInt(y[i]!)),
      );
      return { dtype, data: result.map((value) => held(value, dtype)) };
    },
  };
}

/** An operation on each element. */
function unary(tensor: (x: tf.Tensor) => tf.Tensor, exact: (x: number) => number | bigint): Operation {
  return { tensor, exact: ({ dtype, data }) => ({ dtype, data: data.map((x) => held(exact(x), dtype)) }) };
}

function comparison(tensor: Operation["tensor"], exact: (a: number, b: number) => boolean): Operation {
  return {
    tensor,
    exact: (a, b) => {
      const dtype = wider(a.dtype, b.dtype);
      const [x, y] = [cast(a, dtype).data, cast(b, dtype).data];
      return { dtype: "bool", data: x.map((value, i) => Number(exact(value, y[i]!))) };
    },
  };
}

const isWhole = (...operands: Exact[]) => operands.every(({ dtype }) => dtype !== "float32");
const rowOf = (place: number) => Math.floor(place / COLUMNS);

/** The elements that belong to the row (axis 1) or column (axis 0) of each place, in order. */
function lineOf({ data }: Exact, place: number, axis: number): number[] {
  return PLACES.filter((other) =>
    axis === 1 ? rowOf(other) === rowOf(place) : other % COLUMNS === place % COLUMNS,
  ).map((other) => data[other]!);
}

/** Folds an axis, and repeats the result to the shape. */
function folded(
  tensor: (x: tf.Tensor, axis: number) => tf.Tensor,
  exact: (line: readonly number[]) => number | bigint,
  dtypeOf: (dtype: Dtype) => Dtype,
  fits: Operation["fits"] = () => true,
): Operation {
  return {
    fits,
    tensor: (a, _, pick) => tf.broadcastTo(tensor(a, pick % 2), SHAPE),
    exact: (a, _, pick) => {
      const dtype = dtypeOf(a.dtype);
      return { dtype, data: PLACES.map((place) => held(exact(lineOf(a, place, pick % 2)), dtype)) };
    },
  };
}

/** All sums or products up to each element. */
function scanned(tensor: typeof tf.cumsum, combine: Big2, identity: bigint): Operation {
  return {
    fits: (a) => isWhole(a),
    tensor: (a, _, pick) => tensor(a, pick % 2, pick % 3 === 0, pick % 5 < 2),
    exact: (a, _, pick) => {
      const axis = pick % 2;
      const data = PLACES.map((place) => {
        const line = lineOf(a, place, axis);
        const at = axis === 1 ? place % COLUMNS : rowOf(place);
        const isReversed = pick % 5 < 2;
        const [from, to] = isReversed ? [at, line.length - 1] : [0, at];
        const skipped = pick % 3 === 0 ? at : -1;
        let total = identity;
        for (let i = from; i <= to; i++) if (i !== skipped) total = combine(total, BigInt(line[i]!));
        return held(total, "int32");
      });
      return { dtype: "int32", data };
    },
  };
}

const ABSENT = { float32: NaN, int32: -(2 ** 31), bool: 1 } as const;
const int = (x: tf.Tensor) => tf.cast(x, "int32");
const sum = (line: readonly number[]) => line.reduce((total, x) => total + BigInt(x), 0n);
const toInt32 = (dtype: Dtype): Dtype => (dtype === "bool" ? "int32" : dtype);
const floorMod = (a: number, b: number) => {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
};
const bigMod = (a: bigint, b: bigint) => (b === 0n ? 0n : ((a % b) + b) % b);
const bigFloorDiv = (a: bigint, b: bigint) => (b === 0n ? 0n : (a - bigMod(a, b)) / b);

function bigPower(base: bigint, exponent: bigint): bigint {
  if (exponent < 0n) return base === 1n ? 1n : base === -1n ? (exponent % 2n === 0n ? 1n : -1n) : 0n;
  let result = 1n;
  for (let factor = base, rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = BigInt.asIntN(32, result * factor);
    factor = BigInt.asIntN(32, factor * factor);
  }
  return result;
}

/** Indices of -5 to 6, some of which are outside of an axis of 4. */
const indicesOf = (x: tf.Tensor) =>
  tf.sub(tf.mod(tf.slice(int(x), [0, 0], [1, COLUMNS]), tf.scalar(12, "int32")), tf.scalar(5, "int32"));
const exactIndices = (x: Exact) =>
  cast(x, "int32")
    .data.slice(0, COLUMNS)
    .map((value) => floorMod(value, 12) - 5);

export const OPERATIONS: Readonly<Record<string, Operation>> = {
  add: binary(
    tf.add,
    (a, b) => a + b,
    (a, b) => a + b,
  ),
  sub: binary(
    tf.sub,
    (a, b) => a - b,
    (a, b) => a - b,
  ),
  mul: binary(
    tf.mul,
    (a, b) => a * b,
    (a, b) => a * b,
  ),
  maximum: binary(tf.maximum, Math.max, (a, b) => (a > b ? a : b), { least: "int32" }),
  minimum: binary(tf.minimum, Math.min, (a, b) => (a < b ? a : b), { least: "int32" }),
  mod: binary(tf.mod, floorMod, bigMod),
  pow: binary(tf.pow, (a, b) => a ** b, bigPower, { fits: isWhole }),
  bitwiseAnd: {
    tensor: (a, b) => tf.bitwiseAnd(int(a), int(b)),
    exact: (a, b) => {
      const [x, y] = [cast(a, "int32").data, cast(b, "int32").data];
      return { dtype: "int32", data: x.map((value, i) => value & y[i]!) };
    },
  },
  floorDiv: {
    tensor: tf.floorDiv,
    exact: (a, b) => {
      const dtype = wider(a.dtype, b.dtype);
      const [x, y] = [cast(a, dtype).data, cast(b, dtype).data];
      const quotient = (value: number, by: number) =>
        dtype === "float32"
          ? Math.floor(value / by) | 0
          : held(bigFloorDiv(BigInt(value), BigInt(by)), "int32");
      return { dtype: "int32", data: x.map((value, i) => quotient(value, y[i]!)) };
    },
  },
  less: comparison(tf.less, (a, b) => a < b),
  lessEqual: comparison(tf.lessEqual, (a, b) => a <= b),
  greater: comparison(tf.greater, (a, b) => a > b),
  equal: comparison(tf.equal, (a, b) => a === b),
  notEqual: comparison(tf.notEqual, (a, b) => a !== b),
  where: {
    tensor: (a, b) => tf.where(tf.cast(a, "bool"), a, b),
    exact: (a, b) => {
      const dtype = wider(a.dtype, b.dtype);
      const [x, y] = [cast(a, dtype).data, cast(b, dtype).data];
      const choice = cast(a, "bool").data;
      return { dtype, data: choice.map((isFirst, i) => (isFirst ? x[i]! : y[i]!)) };
    },
  },
  relu: unary(tf.relu, (x) => Math.max(x, 0)),
  relu6: unary(tf.relu6, (x) => Math.min(Math.max(x, 0), 6)),
  clip: unary(
    (x) => tf.clipByValue(x, -3, 20_000_001),
    (x) => Math.min(Math.max(x, -3), 20_000_001),
  ),
  abs: unary(tf.abs, Math.abs),
  neg: unary(tf.neg, (x) => -x),
  sign: unary(tf.sign, Math.sign),
  square: unary(tf.square, (x) => (Number.isInteger(x) ? BigInt(x) * BigInt(x) : x * x)),
  step: unary(
    (x) => tf.step(x),
    (x) => (Number.isNaN(x) ? x : Number(x > 0)),
  ),
  "to float32": { tensor: (a) => tf.cast(a, "float32"), exact: (a) => cast(a, "float32") },
  "to int32": { tensor: (a) => tf.cast(a, "int32"), exact: (a) => cast(a, "int32") },
  "to bool": { tensor: (a) => tf.cast(a, "bool"), exact: (a) => cast(a, "bool") },
  "times 1000.5": {
    tensor: (a) => tf.mul(tf.cast(a, "float32"), 1000.5),
    exact: (a) => ({ dtype: "float32", data: cast(a, "float32").data.map((x) => Math.fround(x * 1000.5)) }),
  },
  isNaN: {
    tensor: (a) => tf.isNaN(a),
    exact: ({ data }) => ({ dtype: "bool", data: data.map((x) => Number(Number.isNaN(x))) }),
  },
  sum: folded(
    (x, axis) => tf.sum(x, axis, true),
    sum,
    toInt32,
    (a) => isWhole(a),
  ),
  prod: folded(
    (x, axis) => tf.prod(x, axis, true),
    (line) => line.reduce((all, x) => all * BigInt(x), 1n),
    toInt32,
    (a) => isWhole(a),
  ),
  max: folded(
    (x, axis) => tf.max(x, axis, true),
    (line) => Math.max(...line),
    (dtype) => dtype,
  ),
  min: folded(
    (x, axis) => tf.min(x, axis, true),
    (line) => Math.min(...line),
    (dtype) => dtype,
  ),
  argMax: folded(
    (x, axis) => tf.expandDims(tf.argMax(x, axis), axis),
    (line) => line.indexOf(Math.max(...line)),
    () => "int32",
    ({ data }) => !data.some(Number.isNaN),
  ),
  any: folded(
    (x, axis) => tf.any(tf.cast(x, "bool"), axis, true),
    (line) => Number(line.some((x) => x !== 0)),
    () => "bool",
  ),
  cumsum: scanned(tf.cumsum, (a, b) => a + b, 0n),
  cumprod: scanned(tf.cumprod, (a, b) => a * b, 1n),
  reverse: {
    tensor: (a) => tf.reverse(a),
    exact: ({ dtype, data }) => ({ dtype, data: data.map((_, i) => data[data.length - 1 - i]!) }),
  },
  transpose: {
    tensor: (a) => tf.transpose(tf.reshape(a, [COLUMNS, ROWS])),
    exact: ({ dtype, data }) => ({
      dtype,
      data: PLACES.map((place) => data[(place % COLUMNS) * ROWS + rowOf(place)]!),
    }),
  },
  gather: {
    tensor: (a, b) => tf.gather(a, tf.reshape(indicesOf(b), [COLUMNS]), 1),
    exact: (a, b) => {
      const indices = exactIndices(b).map((index) => (index < 0 ? index + COLUMNS : index));
      const data = PLACES.map((place) => {
        const index = indices[place % COLUMNS]!;
        const isInside = index >= 0 && index < COLUMNS;
        return isInside ? a.data[rowOf(place) * COLUMNS + index]! : ABSENT[a.dtype];
      });
      return { dtype: a.dtype, data };
    },
  },
  "segment sum": {
    fits: (a) => isWhole(a),
    tensor: (a, b) => {
      const columns = tf.unsortedSegmentSum(
        tf.transpose(int(a)),
        tf.reshape<tf.Rank.R1>(indicesOf(b), [COLUMNS]),
        COLUMNS,
      );
      return tf.transpose(columns);
    },
    exact: (a, b) => {
      const indices = exactIndices(b);
      const data = PLACES.map((place) => {
        const terms = indices.flatMap((index, column) =>
          index === place % COLUMNS ? [a.data[rowOf(place) * COLUMNS + column]!] : [],
        );
        return held(sum(terms), "int32");
      });
      return { dtype: "int32", data };
    },
  },
  matMul: {
    fits: isWhole,
    tensor: (a, b) =>
      tf.pad(tf.matMul(int(a), int(b), false, true), [
        [0, 0],
        [0, 1],
      ]),
    exact: (a, b) => {
      const data = PLACES.map((place) => {
        const column = place % COLUMNS;
        if (column === ROWS) return 0;
        const terms = Array.from(
          { length: COLUMNS },
          (_, k) => BigInt(a.data[rowOf(place) * COLUMNS + k]!) * BigInt(b.data[column * COLUMNS + k]!),
        );
        return held(
          terms.reduce((total, term) => total + term, 0n),
          "int32",
        );
      });
      return { dtype: "int32", data };
    },
  },
};
