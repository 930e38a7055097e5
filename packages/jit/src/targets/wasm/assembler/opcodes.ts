/**
 * @file Instructions by the names of the WebAssembly specification. Their numbers follow each other, so they are
 * written as runs: the first's number, what all names begin with, and how they end; `-` stands for one that is not used.
 */

type Run = readonly [first: number, beginning: string, ends: string];

type Words<Text extends string> = Text extends `${infer First} ${infer Rest}`
  ? Exclude<First, "-"> | Words<Rest>
  : Text;

/** The names of runs. */
type NamesOf<R extends Run> = R extends readonly [
  number,
  infer Beginning extends string,
  infer Ends extends string,
]
  ? `${Beginning}${Words<Ends>}`
  : never;

const INTEGER_TESTS = "eqz eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u";
const INTEGER = "clz ctz popcnt add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr";
const FLOAT_TESTS = "eq ne lt gt le ge";
const FLOAT = "abs neg ceil floor trunc nearest sqrt add sub mul div min max copysign";
const LANE_TESTS = "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u";
const FLOAT_LANES = "abs neg - sqrt add sub mul div min max pmin pmax";

/** Of scalars, without immediates. */
const SCALAR = [
  [0x00, "", "unreachable nop"],
  [0x0f, "", "return"],
  [0x1a, "", "drop select"],
  [0x45, "i32.", INTEGER_TESTS],
  [0x50, "i64.", INTEGER_TESTS],
  [0x5b, "f32.", FLOAT_TESTS],
  [0x61, "f64.", FLOAT_TESTS],
  [0x67, "i32.", INTEGER],
  [0x79, "i64.", INTEGER],
  [0x8b, "f32.", FLOAT],
  [0x99, "f64.", FLOAT],
  [0xa7, "i32.", "wrap_i64 trunc_f32_s trunc_f32_u trunc_f64_s trunc_f64_u"],
  [0xac, "i64.", "extend_i32_s extend_i32_u trunc_f32_s trunc_f32_u trunc_f64_s trunc_f64_u"],
  [0xb2, "f32.", "convert_i32_s convert_i32_u convert_i64_s convert_i64_u demote_f64"],
  [0xb7, "f64.", "convert_i32_s convert_i32_u convert_i64_s convert_i64_u promote_f32"],
  [0xbc, "", "i32.reinterpret_f32 i64.reinterpret_f64 f32.reinterpret_i32 f64.reinterpret_i64"],
  [0xc0, "i32.", "extend8_s extend16_s"],
] as const;

/** Conversions that saturate, after the prefix 0xfc. */
const SATURATING = [[0x00, "i32.trunc_sat_", "f32_s f32_u f64_s f64_u"]] as const;

/** Of vectors, without immediates, after the prefix 0xfd. Relaxed ones: only where `supportsRelaxedSimd()`. */
const VECTOR = [
  [0x0e, "i8x16.", "swizzle splat"],
  [0x10, "", "i16x8.splat i32x4.splat i64x2.splat f32x4.splat f64x2.splat"],
  [0x23, "i8x16.", LANE_TESTS],
  [0x37, "i32x4.", LANE_TESTS],
  [0x41, "f32x4.", FLOAT_TESTS],
  [0x47, "f64x2.", FLOAT_TESTS],
  [0x4d, "v128.", "not and andnot or xor bitselect any_true"],
  [0x5e, "", "f32x4.demote_f64x2_zero f64x2.promote_low_f32x4"],
  [0x63, "i8x16.", "all_true bitmask"],
  [0x67, "f32x4.", "ceil floor trunc nearest"],
  [0x6e, "i8x16.", "add - - sub"],
  [0x74, "f64x2.", "ceil floor"],
  [0x7a, "f64x2.", "trunc"],
  [0x94, "f64x2.", "nearest"],
  [0xa0, "i32x4.", "abs neg - all_true bitmask"],
  [0xab, "i32x4.", "shl shr_s shr_u add - - sub - - - mul min_s min_u max_s max_u"],
  [0xc0, "i64x2.", "abs neg - all_true bitmask"],
  [0xc7, "i64x2.extend_", "low_i32x4_s high_i32x4_s low_i32x4_u high_i32x4_u"],
  [0xcb, "i64x2.", "shl shr_s shr_u add - - sub - - - mul eq ne lt_s gt_s le_s ge_s"],
  [0xdc, "i64x2.extmul_", "low_i32x4_s high_i32x4_s low_i32x4_u high_i32x4_u"],
  [0xe0, "f32x4.", FLOAT_LANES],
  [0xec, "f64x2.", FLOAT_LANES],
  [0xf8, "i32x4.trunc_sat_", "f32x4_s f32x4_u"],
  [0xfa, "f32x4.convert_i32x4_", "s u"],
  [0xfc, "i32x4.trunc_sat_f64x2_", "s_zero u_zero"],
  [0xfe, "f64x2.convert_low_i32x4_", "s u"],
  [0x105, "f32x4.relaxed_", "madd nmadd"],
  [0x107, "f64x2.relaxed_", "madd nmadd"],
  [0x10b, "i32x4.relaxed_", "laneselect"],
  [0x10d, "f32x4.relaxed_", "min max"],
] as const;

/** On one lane of a vector, after the prefix 0xfd. */
const LANE = [
  [0x16, "i8x16.", "extract_lane_u replace_lane"],
  [0x1b, "i32x4.", "extract_lane replace_lane"],
  [0x1d, "i64x2.", "extract_lane replace_lane"],
  [0x1f, "f32x4.", "extract_lane replace_lane"],
  [0x21, "f64x2.", "extract_lane replace_lane"],
] as const;

/** Loads and stores of scalars. */
const MEMORY = [
  [0x28, "", "i32.load i64.load f32.load f64.load"],
  [0x2c, "i32.load", "8_s 8_u 16_s 16_u"],
  [0x36, "", "i32.store i64.store f32.store f64.store i32.store8 i32.store16"],
] as const;

/** Those of vectors, after the prefix 0xfd. */
const MEMORY_VECTOR = [
  [0x00, "v128.", "load - - - - load32x2_s load32x2_u load8_splat - load32_splat load64_splat store"],
  [0x5c, "v128.load", "32_zero 64_zero"],
] as const;

/** Those of one lane, after the prefix 0xfd. */
const MEMORY_LANE = [[0x56, "v128.", "load32_lane load64_lane - - store32_lane store64_lane"]] as const;

/** Atomics, of shared memory, after the prefix 0xfe. */
const ATOMIC = [
  [0x00, "memory.atomic.", "notify wait32 wait64"],
  [0x10, "i32.atomic.", "load"],
  [0x17, "i32.atomic.", "store"],
  [0x1e, "i32.atomic.rmw.", "add"],
  [0x25, "i32.atomic.rmw.", "sub"],
  [0x2c, "i32.atomic.rmw.", "and"],
  [0x33, "i32.atomic.rmw.", "or"],
  [0x3a, "i32.atomic.rmw.", "xor"],
  [0x41, "i32.atomic.rmw.", "xchg"],
  [0x48, "i32.atomic.rmw.", "cmpxchg"],
] as const;

/** Instructions without immediates. */
export type Opcode = NamesOf<(typeof SCALAR | typeof SATURATING | typeof VECTOR)[number]>;

/** Instructions on one lane of a vector. */
export type LaneOpcode = NamesOf<(typeof LANE)[number]>;

/** Loads, stores and atomics, which take an offset. */
export type MemoryOpcode = NamesOf<(typeof MEMORY | typeof MEMORY_VECTOR | typeof ATOMIC)[number]>;

/** Loads and stores of one lane, which take an offset and the lane. */
export type MemoryLaneOpcode = NamesOf<(typeof MEMORY_LANE)[number]>;

/** The bytes of each instruction, with its prefix. */
function bytesOf<Name extends string>(...sets: readonly (readonly [prefix: number, runs: readonly Run[]])[]) {
  const bytes: Partial<Record<string, readonly number[]>> = {};
  for (const [prefix, runs] of sets) {
    for (const [first, beginning, ends] of runs) {
      for (const [i, end] of ends.split(" ").entries()) {
        const code = first + i;
        // After a prefix they are unsigned LEB128.
        const own = prefix && code > 0x7f ? [(code & 0x7f) | 0x80, code >> 7] : [code];
        if (end !== "-") bytes[beginning + end] = prefix ? [prefix, ...own] : own;
      }
    }
  }
  // Each of the names is in the runs that the types were made of.
  return bytes as Readonly<Record<Name, readonly number[]>>;
}

export const OPCODES = bytesOf<Opcode>([0, SCALAR], [0xfc, SATURATING], [0xfd, VECTOR]);
export const LANE_OPCODES = bytesOf<LaneOpcode>([0xfd, LANE]);
export const MEMORY_OPCODES = bytesOf<MemoryOpcode>([0, MEMORY], [0xfd, MEMORY_VECTOR], [0xfe, ATOMIC]);
export const MEMORY_LANE_OPCODES = bytesOf<MemoryLaneOpcode>([0xfd, MEMORY_LANE]);

/** The logarithms of natural alignments, which atomics need exactly: `v128.load64_zero` has 3. */
export const ALIGNMENTS = Object.fromEntries(
  Object.keys({ ...MEMORY_OPCODES, ...MEMORY_LANE_OPCODES }).map((name) => {
    const [, bits = 32, twice] = [...name.matchAll(/(\d+)(x2)?/g)].at(-1) ?? [];
    return [name, Math.log2(Number(bits) / 8) + (twice ? 1 : 0)];
  }),
) as Readonly<Record<MemoryOpcode | MemoryLaneOpcode, number>>;
