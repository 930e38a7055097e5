/** @file The code of each operation. */
import type { Apply } from "../../../expr/expr.ts";
import type { OpName } from "../../../expr/operations.ts";
import type { TaskWriter } from "../task.ts";
import { randomCode } from "./random.ts";

type Pattern = (...args: string[]) => string;

const infix =
  (operator: string): Pattern =>
  (a, b) =>
    `${a} ${operator} ${b}`;
const select: Pattern = (condition, yes, no) => `select(${no}, ${yes}, ${condition})`;

/** Operations that WGSL has as they are meant. Those that are missing are functions of the library. */
const INLINE: Readonly<Partial<Record<OpName, Pattern>>> = {
  "f32.abs": (x) => `abs(${x})`,
  "f32.add": infix("+"),
  "f32.sub": infix("-"),
  "f32.mul": infix("*"),
  "f32.div": infix("/"),
  "f32.select": select,
  "f32.fromI32": (x) => `f32(${x})`,
  "f32.fromBool": (x) => `select(0f, 1f, ${x})`,
  "i32.neg": (x) => `-${x}`,
  "i32.abs": (x) => `abs(${x})`,
  "i32.add": infix("+"),
  "i32.sub": infix("-"),
  "i32.mul": infix("*"),
  "i32.min": (a, b) => `min(${a}, ${b})`,
  "i32.max": (a, b) => `max(${a}, ${b})`,
  "i32.and": infix("&"),
  "i32.eq": infix("=="),
  "i32.ne": infix("!="),
  "i32.lt": infix("<"),
  "i32.le": infix("<="),
  "i32.select": select,
  "i32.fromBool": (x) => `select(0i, 1i, ${x})`,
  "bool.and": infix("&&"),
  "bool.or": infix("||"),
  "bool.xor": infix("!="),
  "bool.not": (x) => `!${x}`,
  "bool.select": select,
};

/** The code of the operation `expr` of arguments that are names or literals. */
export function operationCode(writer: TaskWriter, expr: Apply, args: readonly string[]): string {
  const { op } = expr;
  // Compilers take the product for 0, of infinities and NaN as well.
  const isNothing = op === "f32.mul" && expr.args.some((arg) => arg.kind === "const" && arg.value === 0);
  if (isNothing) return called(writer, "times_zero", args);
  const inline = INLINE[op];
  if (inline) return inline(...args);
  // Not equal is what NaN is to all.
  if (op === "f32.ne") return `!${called(writer, "f32_eq", args)}`;
  if (op.startsWith("random.")) return randomCode(writer, expr, args);
  return called(writer, op.replace(".", "_"), args);
}

/** A call of a function of the library. */
function called(writer: TaskWriter, name: string, args: readonly string[]): string {
  writer.use(name);
  return `${name}(${args.join(", ")})`;
}
