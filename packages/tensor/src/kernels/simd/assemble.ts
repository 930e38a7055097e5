/** @file Writes a small WebAssembly module of functions over one imported memory. */

/** The types of parameters and locals. */
export const I32 = 0x7f;
export const F32 = 0x7d;
export const F64 = 0x7c;
export const V128 = 0x7b;

/** A function. */
export interface WasmFunction {
  name: string;
  parameters: readonly number[];
  result?: number;
  locals: readonly number[];
  code: readonly number[];
}

const BLOCK_AND_LOOP = [0x02, 0x40, 0x03, 0x40];
const LEAVE_IF = [0x0d, 1];
const AGAIN_AND_END = [0x0c, 0, 0x0b, 0x0b];
const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** Instructions by the names that the specification gives them. */
export const op = {
  get: (local: number) => [0x20, local],
  set: (local: number) => [0x21, local],
  int: (value: number) => [0x41, value],
  /** `local += value`, for values below 64. */
  advance: (local: number, value: number) => [0x20, local, 0x41, value, 0x6a, 0x21, local],
  /** Runs `body` until `condition`, which is looked at first, leaves something else than 0. */
  until: (condition: readonly number[], body: readonly number[]) => [
    ...BLOCK_AND_LOOP,
    ...condition,
    ...LEAVE_IF,
    ...body,
    ...AGAIN_AND_END,
  ],
  add: [0x6a],
  subtract: [0x6b],
  shiftLeft: [0x74],
  lessThan: [0x48],
  isZero: [0x45],
  or: [0x72],
  /** The first if the third is not 0, else the second. */
  select: [0x1b],
  f32: {
    load: [0x2a, 0, 0],
    store: [0x38, 0, 0],
    min: [0x96],
    max: [0x97],
    demote: [0xb6],
    one: [0x43, 0, 0, 0x80, 0x3f],
    zero: [0x43, 0, 0, 0, 0],
    copySign: [0x98],
    less: [0x5d],
    greater: [0x5e],
    notEqual: [0x5c],
  },
  f64: {
    zero: [0x44, 0, 0, 0, 0, 0, 0, 0, 0],
    add: [0xa0],
    divide: [0xa3],
    promote: [0xbb],
  },
  v128: {
    load: [0xfd, 0x00, 0, 0],
    /** `offset` bytes on. */
    loadAt: (offset: number) => [0xfd, 0x00, 0, offset],
    store: [0xfd, 0x0b, 0, 0],
    /** `offset` bytes on. */
    storeAt: (offset: number) => [0xfd, 0x0b, 0, offset],
    /** Whether any bit is 1. */
    anyTrue: [0xfd, 0x53],
    and: [0xfd, 0x4e],
    or: [0xfd, 0x50],
    /** Of the bits of the first where the third has ones, else of the second. */
    bitSelect: [0xfd, 0x52],
    /** Two of four float32, from `offset` bytes on. */
    loadHalf: (offset: number) => [0xfd, 0x5d, 0, offset],
    /** One float32 in all four places, from `offset` bytes on. */
    loadSplat: (offset: number) => [0xfd, 0x09, 0, offset],
  },
  i8x16: {
    /** Bytes of two by turns, from their first or, if `upper`, second halves. */
    interleave: (upper: boolean) => interleaved(1, upper),
  },
  i16x8: {
    /** Pairs of bytes of two by turns. */
    interleave: (upper: boolean) => interleaved(2, upper),
  },
  i32x4: {
    zero: [0xfd, 0x0c, ...Array.from<number>({ length: 16 }).fill(0)],
    shiftLeft: [0xfd, 0xab, 0x01],
    /** Repeats the sign. */
    shiftRight: [0xfd, 0xac, 0x01],
  },
  f32x4: {
    add: [0xfd, 0xe4, 0x01],
    multiply: [0xfd, 0xe6, 0x01],
    /** Of int32. */
    convert: [0xfd, 0xfa, 0x01],
    splat: [0xfd, 0x13],
    negate: [0xfd, 0xe1, 0x01],
    notEqual: [0xfd, 0x42],
    less: [0xfd, 0x43],
    greater: [0xfd, 0x44],
    min: [0xfd, 0xe8, 0x01],
    max: [0xfd, 0xe9, 0x01],
  },
  f64x2: {
    splat: [0xfd, 0x14],
    add: [0xfd, 0xf0, 0x01],
    divide: [0xfd, 0xf3, 0x01],
    promoteLow: [0xfd, 0x5f],
    /** Two float32, then zeros. */
    demote: [0xfd, 0x5e],
    /** The first halves of two, one after the other. */
    joinLow: [0xfd, 0x0d, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23],
    lane: (lane: number) => [0xfd, 0x21, lane],
  },
} as const;

function interleaved(bytes: number, upper: boolean): number[] {
  const lanes = Array.from({ length: 16 }, (_, i) => {
    const [piece, vector] = [Math.floor(i / (2 * bytes)), Math.floor(i / bytes) % 2];
    return 16 * vector + (upper ? 8 : 0) + piece * bytes + (i % bytes);
  });
  return [0xfd, 0x0d, ...lanes];
}

/** The module; its memory is imported as `env.memory`, and each function is exported by its name. */
export function assemble(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ parameters, result }) => [
    0x60,
    ...vector(parameters.map((type) => [type])),
    ...vector(result === undefined ? [] : [[result]]),
  ]);
  const memory = [...text("env"), ...text("memory"), 0x02, 0, 1];
  const exported = functions.map(({ name }, i) => [...text(name), 0, i]);
  const bodies = functions.map(({ locals, code }) => {
    const body = [...vector(locals.map((type) => [1, type])), ...code, 0x0b];
    return [...unsigned(body.length), ...body];
  });
  return Uint8Array.from([
    ...HEADER,
    ...section(1, types),
    ...section(2, [memory]),
    ...section(3, functions.map((_, i) => [i])), // prettier-ignore
    ...section(7, exported),
    ...section(10, bodies),
  ]);
}

function section(id: number, entries: readonly (readonly number[])[]): number[] {
  const content = vector(entries);
  return [id, ...unsigned(content.length), ...content];
}

function vector(entries: readonly (readonly number[])[]): number[] {
  return [...unsigned(entries.length), ...entries.flat()];
}

function text(name: string): number[] {
  return vector(Array.from(name, (letter) => [letter.charCodeAt(0)]));
}

/** LEB128. */
function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...unsigned(Math.floor(value / 128))];
}
