/** @file Writes the operations of a function in StableHLO's text form. */
import { elementsText, literal } from "./literal.ts";
import { type ElementType, type Operand, sizeOf, type TensorType, typeText } from "./operand.ts";
import type { Functions } from "./functions.ts";

/** How exactly products of float32 matrices and convolutions are computed on hardware that has a choice. */
export type Precision = "default" | "high" | "highest";

/** Directions of comparisons. */
export type Direction = "EQ" | "NE" | "LT" | "LE" | "GT" | "GE";

/** Operations with operands and a result of one type. */
export type Binary =
  | "add"
  | "and"
  | "atan2"
  | "divide"
  | "maximum"
  | "minimum"
  | "multiply"
  | "or"
  | "power"
  | "remainder"
  | "shift_left"
  | "shift_right_logical"
  | "subtract"
  | "xor";

/** Operations of one operand with a result of its type. */
export type Unary =
  | "abs"
  | "ceil"
  | "cosine"
  | "exponential"
  | "exponential_minus_one"
  | "floor"
  | "log"
  | "log_plus_one"
  | "logistic"
  | "negate"
  | "not"
  | "round_nearest_even"
  | "rsqrt"
  | "sign"
  | "sine"
  | "sqrt"
  | "tanh";

/**
 * The body of one function. Operations are written in the order of the calls; the same operation of the same operands is
 * written once.
 */
export class Builder {
  readonly lines: string[] = [];
  readonly functions: Functions;
  readonly precision: Precision;
  private readonly known = new Map<string, readonly Operand[]>();
  private count = 0;

  constructor(functions: Functions, precision: Precision) {
    this.functions = functions;
    this.precision = precision;
  }

  /** Writes an operation with results of the given types; `text` is all that follows the equals sign. */
  operation(text: string, results: readonly TensorType[]): readonly Operand[] {
    const known = this.known.get(text);
    if (known) return known;
    const name = `%${this.count++}`;
    const isSingle = results.length === 1;
    this.lines.push(`${isSingle ? name : `${name}:${results.length}`} = ${text}`);
    const operands = results.map(({ shape, type }, i) => ({
      name: isSingle ? name : `${name}#${i}`,
      shape,
      type,
    }));
    this.known.set(text, operands);
    return operands;
  }

  /** The same for one result. */
  one(text: string, result: TensorType): Operand {
    return this.operation(text, [result])[0]!;
  }

  /** The number `value` in every element. */
  fill(value: number, shape: readonly number[], type: ElementType): Operand {
    const result = { shape, type };
    return this.one(`stablehlo.constant dense<${literal(value, type)}> : ${typeText(result)}`, result);
  }

  /** The number `value`, in the shape and the type of `operand`. */
  like(operand: TensorType, value: number): Operand {
    return this.fill(value, operand.shape, operand.type);
  }

  /** Given elements, row-major. */
  table(elements: ArrayLike<number>, shape: readonly number[], type: ElementType): Operand {
    const result = { shape, type };
    return this.one(
      `stablehlo.constant dense<${elementsText(elements, result)}> : ${typeText(result)}`,
      result,
    );
  }

  unary(op: Unary, x: Operand): Operand {
    return this.one(`stablehlo.${op} ${x.name} : ${typeText(x)}`, x);
  }

  /** `op` of two operands of one type, or of an operand and a number. */
  binary(op: Binary, a: Operand, b: Operand | number): Operand {
    const other = typeof b === "number" ? this.like(a, b) : b;
    return this.one(`stablehlo.${op} ${a.name}, ${other.name} : ${typeText(a)}`, a);
  }

  add(a: Operand, b: Operand | number): Operand {
    return this.binary("add", a, b);
  }

  subtract(a: Operand, b: Operand | number): Operand {
    return this.binary("subtract", a, b);
  }

  multiply(a: Operand, b: Operand | number): Operand {
    return this.binary("multiply", a, b);
  }

  divide(a: Operand, b: Operand | number): Operand {
    return this.binary("divide", a, b);
  }

  maximum(a: Operand, b: Operand | number): Operand {
    return this.binary("maximum", a, b);
  }

  minimum(a: Operand, b: Operand | number): Operand {
    return this.binary("minimum", a, b);
  }

  compare(direction: Direction, a: Operand, b: Operand | number): Operand {
    const other = typeof b === "number" ? this.like(a, b) : b;
    const kind = a.type === "f32" || a.type === "f64" ? "FLOAT" : a.type === "i32" ? "SIGNED" : "UNSIGNED";
    const result = { shape: a.shape, type: "i1" } as const;
    return this.one(
      `stablehlo.compare ${direction}, ${a.name}, ${other.name}, ${kind} : ` +
        `(${typeText(a)}, ${typeText(other)}) -> ${typeText(result)}`,
      result,
    );
  }

  /** `yes` where `condition` holds, elsewhere `no`; one of them may be a number. */
  select(condition: Operand, yes: Operand | number, no: Operand | number): Operand {
    const typed = typeof yes === "number" ? no : yes;
    if (typeof typed === "number") throw new Error("internal: a choice between two numbers has no type");
    const [a, b] = [yes, no].map((value) =>
      typeof value === "number" ? this.like(typed, value) : value,
    ) as [Operand, Operand];
    return this.one(
      `stablehlo.select ${condition.name}, ${a.name}, ${b.name} : ${typeText(condition)}, ${typeText(a)}`,
      a,
    );
  }

  /** As StableHLO converts; see `converted` for what TensorFlow.js means by a cast. */
  convert(x: Operand, type: ElementType): Operand {
    if (x.type === type) return x;
    const result = { shape: x.shape, type };
    return this.one(`stablehlo.convert ${x.name} : (${typeText(x)}) -> ${typeText(result)}`, result);
  }

  /** The same bits as another type of the same width. */
  bitcast(x: Operand, type: ElementType): Operand {
    if (x.type === type) return x;
    const result = { shape: x.shape, type };
    return this.one(`stablehlo.bitcast_convert ${x.name} : (${typeText(x)}) -> ${typeText(result)}`, result);
  }

  /** The place along `axis` of each element. */
  iota(shape: readonly number[], axis: number, type: ElementType): Operand {
    const result = { shape, type };
    return this.one(`stablehlo.iota dim = ${axis} : ${typeText(result)}`, result);
  }

  reshape(x: Operand, shape: readonly number[]): Operand {
    if (x.shape.join() === shape.join() && x.shape.length === shape.length) return x;
    const result = { shape, type: x.type };
    return this.one(`stablehlo.reshape ${x.name} : (${typeText(x)}) -> ${typeText(result)}`, result);
  }

  /** `x` with its axes at the places `axes` of `shape`, and repeated along all others. */
  broadcastInDim(x: Operand, shape: readonly number[], axes: readonly number[]): Operand {
    if (x.shape.join() === shape.join() && x.shape.length === shape.length) return x;
    const result = { shape, type: x.type };
    return this.one(
      `stablehlo.broadcast_in_dim ${x.name}, dims = [${axes.join(", ")}] : (${typeText(x)}) -> ${typeText(result)}`,
      result,
    );
  }

  /** `x` repeated to `shape`, by the rule of NumPy. */
  broadcast(x: Operand, shape: readonly number[]): Operand {
    if (sizeOf(x.shape) === sizeOf(shape) && sizeOf(shape) > 0) return this.reshape(x, shape);
    const offset = shape.length - x.shape.length;
    return this.broadcastInDim(
      x,
      shape,
      x.shape.map((_, axis) => offset + axis),
    );
  }

  transpose(x: Operand, perm: readonly number[]): Operand {
    if (perm.every((axis, i) => axis === i)) return x;
    const result = { shape: perm.map((axis) => x.shape[axis]!), type: x.type };
    return this.one(
      `stablehlo.transpose ${x.name}, dims = [${perm.join(", ")}] : (${typeText(x)}) -> ${typeText(result)}`,
      result,
    );
  }

  /** Elements from `begin` up to `end`, every `step`-th, along each axis. */
  slice(
    x: Operand,
    begin: readonly number[],
    end: readonly number[],
    step: readonly number[] = begin.map(() => 1),
  ): Operand {
    const shape = begin.map((from, i) => Math.max(0, Math.ceil((end[i]! - from) / step[i]!)));
    if (x.shape.every((size, i) => size === shape[i])) return x;
    const result = { shape, type: x.type };
    const ranges = begin.map((from, i) => `${from}:${end[i]!}${step[i] === 1 ? "" : `:${step[i]!}`}`);
    return this.one(
      `stablehlo.slice ${x.name} [${ranges.join(", ")}] : (${typeText(x)}) -> ${typeText(result)}`,
      result,
    );
  }

  /** `size` elements from `begin` on along one axis, all along the others. */
  part(x: Operand, axis: number, begin: number, size: number): Operand {
    return this.slice(
      x,
      x.shape.map((_, i) => (i === axis ? begin : 0)),
      x.shape.map((all, i) => (i === axis ? begin + size : all)),
    );
  }

  reverse(x: Operand, axes: readonly number[]): Operand {
    if (axes.length === 0) return x;
    return this.one(`stablehlo.reverse ${x.name}, dims = [${axes.join(", ")}] : ${typeText(x)}`, x);
  }

  concatenate(parts: readonly Operand[], axis: number): Operand {
    const [first] = parts;
    if (parts.length === 1) return first!;
    const size = parts.reduce((sum, { shape }) => sum + shape[axis]!, 0);
    const result = { shape: first!.shape.map((all, i) => (i === axis ? size : all)), type: first!.type };
    return this.one(
      `stablehlo.concatenate ${parts.map(({ name }) => name).join(", ")}, dim = ${axis} : ` +
        `(${parts.map(typeText).join(", ")}) -> ${typeText(result)}`,
      result,
    );
  }

  /** `x` with `value` around it and between its elements; what a negative number of them leaves out is cut off. */
  pad(
    x: Operand,
    value: number,
    edges: readonly (readonly [before: number, after: number, between?: number])[],
  ): Operand {
    if (edges.every(([before, after, between = 0]) => before === 0 && after === 0 && between === 0)) return x;
    const shape = x.shape.map((size, i) => {
      const [before, after, between = 0] = edges[i]!;
      return size + before + after + Math.max(0, size - 1) * between;
    });
    const result = { shape, type: x.type };
    const edge = this.fill(value, [], x.type);
    const list = (at: 0 | 1 | 2) => edges.map((each) => each[at] ?? 0).join(", ");
    return this.one(
      `stablehlo.pad ${x.name}, ${edge.name}, low = [${list(0)}], high = [${list(1)}], interior = [${list(2)}] : ` +
        `(${typeText(x)}, ${typeText(edge)}) -> ${typeText(result)}`,
      result,
    );
  }

  /** A call of a function of the module. */
  call(name: string, args: readonly Operand[], results: readonly TensorType[]): readonly Operand[] {
    const types = results.map(typeText);
    return this.operation(
      `call @${name}(${args.map((arg) => arg.name).join(", ")}) : (${args.map(typeText).join(", ")}) -> ` +
        (types.length === 1 ? types[0]! : `(${types.join(", ")})`),
      results,
    );
  }
}
