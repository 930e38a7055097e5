/** @file The operations of expressions: their types, what they cost, and what follows when arguments are known. */
import { type Apply, type Const, constant, costOf, type Expr, type Lane, sizeOf } from "./expr.ts";

/** The result's lane, the cost, roughly in additions, and the exact result for numbers, which is rounded then. */
type Operation = readonly [lane: Lane, cost: number, compute?: (...numbers: number[]) => number];

const table = {
  "f32.neg": ["f32", 1, (x) => -x],
  "f32.abs": ["f32", 1, (x) => Math.abs(x)],
  "f32.ceil": ["f32", 1],
  "f32.floor": ["f32", 1],
  "f32.round": ["f32", 1],
  "f32.trunc": ["f32", 1],
  "f32.sqrt": ["f32", 4, (x) => Math.sqrt(x)],
  "f32.exp": ["f32", 15],
  "f32.expm1": ["f32", 20],
  "f32.log": ["f32", 18],
  "f32.log1p": ["f32", 22],
  "f32.tanh": ["f32", 20],
  "f32.sigmoid": ["f32", 20],
  "f32.softplus": ["f32", 30],
  "f32.erf": ["f32", 25],
  "f32.erfInv": ["f32", 30],
  "f32.sin": ["f32", 25],
  "f32.cos": ["f32", 25],
  "f32.tan": ["f32", 40],
  "f32.asin": ["f32", 25],
  "f32.acos": ["f32", 25],
  "f32.atan": ["f32", 25],
  "f32.sinh": ["f32", 30],
  "f32.cosh": ["f32", 30],
  "f32.asinh": ["f32", 30],
  "f32.acosh": ["f32", 30],
  "f32.atanh": ["f32", 30],
  "f32.add": ["f32", 1, (a, b) => a + b],
  "f32.sub": ["f32", 1, (a, b) => a - b],
  "f32.mul": ["f32", 1, (a, b) => a * b],
  "f32.div": ["f32", 4, (a, b) => a / b],
  "f32.min": ["f32", 1, (a, b) => Math.min(a, b)],
  "f32.max": ["f32", 1, (a, b) => Math.max(a, b)],
  "f32.pow": ["f32", 45],
  /** With the sign of the divisor. */
  "f32.mod": ["f32", 15],
  "f32.atan2": ["f32", 35],
  /** The quotient rounded down, then modulo 2^32; 0 where it is none. */
  "f32.floorDiv": ["i32", 20],
  "f32.eq": ["bool", 1, (a, b) => Number(a === b)],
  "f32.ne": ["bool", 1, (a, b) => Number(a !== b)],
  "f32.lt": ["bool", 1, (a, b) => Number(a < b)],
  "f32.le": ["bool", 1, (a, b) => Number(a <= b)],
  "i32.neg": ["i32", 1],
  "i32.abs": ["i32", 1],
  "i32.add": ["i32", 1, (a, b) => a + b],
  "i32.sub": ["i32", 1, (a, b) => a - b],
  "i32.mul": ["i32", 2, (a, b) => Math.imul(a, b)],
  /** Modulo 2^32; a negative exponent gives the quotient, rounded towards zero, and 0 of 0. */
  "i32.pow": ["i32", 100],
  /** Rounded towards negative infinity; by 0, 0. */
  "i32.floorDiv": ["i32", 20],
  /** With the sign of the divisor. */
  "i32.mod": ["i32", 20],
  "i32.min": ["i32", 1],
  "i32.max": ["i32", 1],
  "i32.and": ["i32", 1],
  "i32.xor": ["i32", 1],
  "i32.eq": ["bool", 1, (a, b) => Number(a === b)],
  "i32.ne": ["bool", 1, (a, b) => Number(a !== b)],
  "i32.lt": ["bool", 1, (a, b) => Number(a < b)],
  "i32.le": ["bool", 1, (a, b) => Number(a <= b)],
  "bool.and": ["bool", 1, (a, b) => a & b],
  "bool.or": ["bool", 1, (a, b) => a | b],
  "bool.xor": ["bool", 1, (a, b) => a ^ b],
  "bool.not": ["bool", 1, (a) => 1 - a],
  "f32.select": ["f32", 1],
  "i32.select": ["i32", 1],
  "bool.select": ["bool", 1],
  "f32.fromI32": ["f32", 1, (x) => x],
  "f32.fromBool": ["f32", 1, (x) => x],
  /** Rounded towards zero, then modulo 2^32, as JavaScript and TensorFlow.js do it; NaN and infinities become 0. */
  "i32.fromF32": ["i32", 8, (x) => x],
  "i32.fromBool": ["i32", 1, (x) => x],
  /** 32 bits for a key of two words and a count. */
  "threefry.bits": ["i32", 90],
  /** The two words that threefry makes of a key of two words and a count. */
  "threefry.first": ["i32", 80],
  "threefry.second": ["i32", 80],
  "random.uniform": ["f32", 6],
  "random.normal": ["f32", 35],
  "random.truncatedNormal": ["f32", 40],
  "random.bernoulli": ["bool", 3],
  "random.gumbel": ["f32", 45],
  "random.exponential": ["f32", 25],
  "random.laplace": ["f32", 30],
  "random.logistic": ["f32", 30],
  "random.randint": ["i32", 40],
} as const satisfies Record<string, Operation>;

/** The name of an operation: the type that it works on, and what it does. */
export type OpName = keyof typeof table;

/** Whether the code of `op` depends on the numbers among its arguments. */
export function needsNumbers(op: OpName): boolean {
  return op.startsWith("random.");
}

/** Expressions by what they are made of, so that equal ones are the same object; kept with their first argument. */
const interned = new WeakMap<Expr, Map<string, Expr>>();
const numbers = new WeakMap<Expr, number>();
let count = 0;

/** A name for `expr` among arguments: constants by their value, others by their identity. */
function nameOf(expr: Expr): string {
  if (expr.kind === "const") return `${expr.lane}=${Object.is(expr.value, -0) ? "-0" : expr.value}`;
  let number = numbers.get(expr);
  if (number === undefined) numbers.set(expr, (number = count++));
  return String(number);
}

/** The expression `op` of `args`, or what it comes to. */
export function apply(op: OpName, ...args: readonly Expr[]): Expr {
  const folded = fold(op, args);
  if (folded) return folded;
  const owner = args.find((arg) => arg.kind !== "const");
  if (!owner) return made(op, args);
  const known = interned.get(owner) ?? new Map<string, Expr>();
  interned.set(owner, known);
  const key = `${op}(${args.map(nameOf).join()})`;
  let expr = known.get(key);
  if (!expr) known.set(key, (expr = made(op, args)));
  return expr;
}

function made(op: OpName, args: readonly Expr[]): Apply {
  const [lane, own]: Operation = table[op];
  return {
    kind: "apply",
    lane,
    op,
    args,
    // What is taken twice, as for a square, is computed once.
    cost: [...new Set(args)].reduce((cost, arg) => cost + costOf(arg), own),
    size: args.reduce((size, arg) => size + sizeOf(arg), 1),
  };
}

function fold(op: OpName, args: readonly Expr[]): Expr | undefined {
  const [lane, , compute]: Operation = table[op];
  if (compute && args.every((arg) => arg.kind === "const")) {
    return constant(compute(...args.map(({ value }) => value)), lane);
  }
  const [a, b, c] = args;
  switch (op) {
    case "f32.add":
      // -0 + 0 is 0.
      return isMinusZero(a) ? b : isMinusZero(b) ? a : undefined;
    case "i32.add":
      return isNumber(a, 0) ? b : isNumber(b, 0) ? a : undefined;
    case "f32.sub":
      return isNumber(b, 0) && !isMinusZero(b) ? a : undefined;
    case "i32.sub":
      return isNumber(b, 0) ? a : undefined;
    case "f32.mul":
    case "i32.mul":
      if (isNumber(a, 1)) return b;
      if (isNumber(b, 1)) return a;
      if (op === "f32.mul" && isNumber(b, -1)) return apply("f32.neg", a!);
      return op === "f32.mul" && isNumber(a, -1) ? apply("f32.neg", b!) : undefined;
    case "f32.div":
      return isNumber(b, 1) ? a : divided(a!, b!);
    case "f32.select":
    case "i32.select":
    case "bool.select":
      if (a!.kind === "const") return a!.value === 0 ? c : b;
      return b === c ? b : undefined;
    case "bool.and":
      return isNumber(a, 1) ? b : isNumber(b, 1) ? a : undefined;
    case "bool.or":
      return isNumber(a, 0) ? b : isNumber(b, 0) ? a : undefined;
    default:
      return undefined;
  }
}

/** A division by a power of two is a product, exactly. */
function divided(a: Expr, b: Expr): Expr | undefined {
  if (b.kind !== "const") return undefined;
  const magnitude = Math.abs(b.value);
  const exponent = Math.log2(magnitude);
  if (!Number.isInteger(exponent) || Math.abs(exponent) > 100) return undefined;
  return apply("f32.mul", a, constant(1 / b.value, "f32"));
}

function isMinusZero(expr: Expr | undefined): boolean {
  return expr?.kind === "const" && Object.is(expr.value, -0);
}

function isNumber(expr: Expr | undefined, value: number): expr is Const {
  return expr?.kind === "const" && expr.value === value;
}
