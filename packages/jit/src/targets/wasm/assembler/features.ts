/** @file What this engine's WebAssembly has beyond what Node 20 has. */
import { ModuleBuilder } from "./module-builder.ts";

let fuses: boolean | undefined;

/**
 * Whether `relaxed_madd` is there and rounds once: some engines have it and round twice, where an addition of a product
 * says that for all threads and tiers alike. No other relaxed instruction is used: what some of them give depends on how
 * often the code has run.
 */
export function fusesMultiplyAdd(): boolean {
  fuses ??= computesFused(multiplyAddOfLanes());
  return fuses;
}

/** Squares `1 + 2^-12`, whose last term of three, `2^-24`, is lost when the product is rounded. */
function computesFused(code: Uint8Array<ArrayBuffer>): boolean {
  if (!WebAssembly.validate(code)) return false;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code));
  const multiplyAdd = exports["madd"] as (x: number, y: number, z: number) => number;
  return multiplyAdd(1 + 2 ** -12, 1 + 2 ** -12, -1 - 2 ** -11) === 2 ** -24;
}

let takesSecond: boolean | undefined;

/**
 * Whether the processor is of the x86 family. Its maximum takes the second operand for NaN and for zeros of either sign,
 * which is `pmax`; of the exact one engines make eight instructions, where others have one. Only there NaN that
 * arithmetic makes has a sign.
 */
export function takesSecondOfEqual(): boolean {
  takesSecond ??= divisionOfZeros() < 0;
  return takesSecond;
}

/** The bits of 0 / 0 as int32. */
function divisionOfZeros(): number {
  const module = new ModuleBuilder();
  const { ref } = module.function("divide", { params: ["f32", "f32"], results: ["i32"] }, (f) => {
    for (const operand of f.params) f.get(operand).op("f32x4.splat");
    f.op("f32x4.div").lane("i32x4.extract_lane", 0);
  });
  module.exportFunction("divide", ref);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.encode()));
  return (exports["divide"] as (x: number, y: number) => number)(0, 0);
}

function multiplyAddOfLanes(): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  const { ref } = module.function("madd", { params: ["f32", "f32", "f32"], results: ["f32"] }, (f) => {
    for (const operand of f.params) f.get(operand).op("f32x4.splat");
    f.op("f32x4.relaxed_madd").lane("f32x4.extract_lane", 0);
  });
  module.exportFunction("madd", ref);
  return module.encode();
}
