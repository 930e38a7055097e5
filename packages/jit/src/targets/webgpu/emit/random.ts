/** @file The code of random numbers with parameters. */
import type { Apply } from "../../../expr/expr.ts";
import type { TaskWriter } from "../task.ts";
import { floatCode } from "./constant.ts";

/** The code of `expr`, whose name begins with `random.`; `bits` are the names of its draws. */
export function randomCode(writer: TaskWriter, expr: Apply, bits: readonly string[]): string {
  const call = (name: string, ...args: string[]) => {
    writer.use(name);
    return `${name}(${args.join(", ")})`;
  };
  const float = (value: number) => floatCode(writer, value);
  const uniform = (low: number, high: number): string => {
    const span = Math.fround(high - low);
    // One of the two operations is exact then, so that there is one rounding, however they are done.
    const isExact = low === 0 || Number.isInteger(Math.log2(span));
    if (isExact || !(span > 0 && span < Infinity)) {
      const product = `${call("unit_of", bits[0]!)} * ${float(span)}`;
      return low === 0 && span > 0 ? product : `max(${product} + ${float(low)}, ${float(low)})`;
    }
    return call("fused_uniform", bits[0]!, ...fusedArguments(low, span), float(low));
  };
  const number = (argument: number) => numberOf(expr, argument);
  switch (expr.op) {
    case "random.uniform":
      return uniform(number(1), number(2));
    case "random.truncatedNormal": {
      const normal = call("normal_of", uniform(number(1), number(2)));
      return `clamp(${normal}, ${float(number(3))}, ${float(number(4))})`;
    }
    case "random.bernoulli":
      return `${call("unit_of", bits[0]!)} < ${float(number(1))}`;
    case "random.randint": {
      const { span, multiplier } = integerSpan(number(2), number(3));
      return call("random_randint", bits[0]!, bits[1]!, `i32(${number(2)})`, `${span}u`, `${multiplier}u`);
    }
    default:
      return call(expr.op.replace(".", "_"), bits[0]!);
  }
}

/** The value of a constant argument: operations that `needsNumbers` tells have them. */
function numberOf({ args }: Apply, argument: number): number {
  const expr = args[argument];
  if (expr?.kind !== "const") throw new Error("internal: expected a constant");
  return expr.value;
}

/** The constants of an integer of [least, limit) from two draws, as uint32; a span of 0 stands for 2^32. */
function integerSpan(least: number, limit: number): { span: number; multiplier: number } {
  const span = (limit - least) >>> 0;
  const remainder = (word: number) => (span === 0 ? word : word % span);
  const rest = remainder(65_536);
  return { span, multiplier: remainder(Math.imul(rest, rest) >>> 0) };
}

/**
 * What `fused_uniform` takes between the bits and `low`. The product of the 23 random bits and the span's 24 bits has
 * 47 bits. It and `low` are brought to one exponent: either is shifted to the left as far as 63 bits allow, and what
 * remains is shifted out on the right of the other.
 */
function fusedArguments(low: number, span: number): string[] {
  const factor = decomposed(span);
  const term = decomposed(low);
  const apart = term.exponent - (factor.exponent - 23);
  const shift = apart < 0 ? Math.min(16, -apart) : Math.min(0, 38 - apart);
  const size = shifted(BigInt(term.mantissa), apart + shift);
  const sum = BigInt.asUintN(64, low < 0 ? -size : size);
  return [
    `${factor.mantissa}u`,
    `${shift}i`,
    `vec2<u32>(${sum & 0xffffffffn}u, ${sum >> 32n}u)`,
    `${factor.exponent - 23 - shift}i`,
  ];
}

/** What is shifted out leaves the lowest bit set, if it is not 0. */
function shifted(integer: bigint, by: number): bigint {
  if (by >= 0) return integer << BigInt(by);
  const kept = integer >> BigInt(-by);
  return kept << BigInt(-by) === integer ? kept : kept | 1n;
}

const float = new Float32Array(1);
const word = new Int32Array(float.buffer);

/** The integer, below 2^24, and the exponent of 2 of the size of a float32. */
function decomposed(x: number): { mantissa: number; exponent: number } {
  float[0] = x;
  const exponent = (word[0]! >>> 23) & 0xff;
  const fraction = word[0]! & 0x7fffff;
  return {
    mantissa: exponent === 0 ? fraction : fraction | 0x800000,
    exponent: Math.max(exponent, 1) - 150,
  };
}
