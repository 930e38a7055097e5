/** @file Arithmetic on vectors, written as expressions. */
import { fusesMultiplyAdd } from "../assembler/features.ts";
import type { FunctionBuilder, Opcode } from "../assembler/function-builder.ts";
import type { Local } from "../assembler/types.ts";

/** Something of type v128: a local, a constant in all lanes, or what emits it. */
export type Operand = Local | number | Expression;

/** Emits instructions that leave a v128 on the stack. */
export type Expression = () => void;

type Kind = "f32x4" | "f64x2" | "i32x4";

/** Expressions over lanes of one kind: `lanes.add(lanes.mul(x, 2), y)`. They are emitted where they are used, each time. */
export class Lanes {
  readonly #f: FunctionBuilder;
  readonly #kind: Kind;
  /** The locals of what was kept. */
  readonly kept: Local[] = [];

  constructor(f: FunctionBuilder, kind: Kind) {
    this.#f = f;
    this.#kind = kind;
  }

  /** Leaves the operand on the stack. */
  put(operand: Operand): void {
    if (typeof operand === "function") operand();
    else if (typeof operand !== "number") this.#f.get(operand);
    else if (this.#kind === "f64x2") this.#f.f64x2(operand);
    else if (this.#kind === "i32x4") this.#f.i32x4(operand);
    else this.#f.f32x4(operand);
  }

  /** Evaluates now, for use more than once. */
  keep(operand: Operand): Local {
    const local = this.#f.local("v128");
    this.kept.push(local);
    this.put(operand);
    this.#f.set(local);
    return local;
  }

  add = (a: Operand, b: Operand) => this.#apply("add", a, b);
  sub = (a: Operand, b: Operand) => this.#apply("sub", a, b);
  mul = (a: Operand, b: Operand) => this.#apply("mul", a, b);
  div = (a: Operand, b: Operand) => this.#apply("div", a, b);
  neg = (a: Operand) => this.#apply("neg", a);
  abs = (a: Operand) => this.#apply("abs", a);
  sqrt = (a: Operand) => this.#apply("sqrt", a);
  floor = (a: Operand) => this.#apply("floor", a);
  trunc = (a: Operand) => this.#apply("trunc", a);
  nearest = (a: Operand) => this.#apply("nearest", a);
  eq = (a: Operand, b: Operand) => this.#apply("eq", a, b);
  ne = (a: Operand, b: Operand) => this.#apply("ne", a, b);
  lt = (a: Operand, b: Operand) => this.#apply(this.#kind === "i32x4" ? "lt_s" : "lt", a, b);
  gt = (a: Operand, b: Operand) => this.#apply(this.#kind === "i32x4" ? "gt_s" : "gt", a, b);
  le = (a: Operand, b: Operand) => this.#apply(this.#kind === "i32x4" ? "le_s" : "le", a, b);
  ge = (a: Operand, b: Operand) => this.#apply(this.#kind === "i32x4" ? "ge_s" : "ge", a, b);

  /** `b < a ? b : a`: NaN if `a` is. One instruction, where `min` is many. */
  atMost = (a: Operand, b: Operand) => this.#apply("pmin", a, b);
  /** `a < b ? b : a`: NaN if `a` is. */
  atLeast = (a: Operand, b: Operand) => this.#apply("pmax", a, b);

  shl = (a: Operand, by: number) => this.#shift("i32x4.shl", a, by);
  /** With the sign. */
  shr = (a: Operand, by: number) => this.#shift("i32x4.shr_s", a, by);
  shrUnsigned = (a: Operand, by: number) => this.#shift("i32x4.shr_u", a, by);

  and = (a: Operand, b: Operand) => this.emits("v128.and", a, b);
  or = (a: Operand, b: Operand) => this.emits("v128.or", a, b);
  xor = (a: Operand, b: Operand) => this.emits("v128.xor", a, b);
  /** `a` without the bits of `b`. */
  without = (a: Operand, b: Operand) => this.emits("v128.andnot", a, b);
  not = (a: Operand) => this.emits("v128.not", a);

  /** The bits of `a` where `mask` is set, of `b` elsewhere. */
  select = (mask: Operand, a: Operand, b: Operand) => this.emits("v128.bitselect", a, b, mask);

  /** `a * b + c`, rounded once or twice. */
  multiplyAdd = (a: Operand, b: Operand, c: Operand): Expression =>
    fusesMultiplyAdd() && this.#kind !== "i32x4"
      ? this.emits(`${this.#kind}.relaxed_madd`, a, b, c)
      : this.add(this.mul(a, b), c);

  /** The polynomial in `x`, coefficients from the highest power down. */
  horner = (x: Operand, coefficients: readonly number[]): Expression =>
    coefficients
      .slice(1)
      .reduce<Operand>((sum, next) => this.multiplyAdd(sum, x, next), coefficients[0]!) as Expression;

  /** Any instruction on vectors. */
  emits(opcode: Opcode, ...operands: readonly Operand[]): Expression {
    return () => {
      for (const operand of operands) this.put(operand);
      this.#f.op(opcode);
    };
  }

  #apply(name: string, ...operands: readonly Operand[]): Expression {
    return this.emits(`${this.#kind}.${name}` as Opcode, ...operands);
  }

  #shift(opcode: Opcode, a: Operand, by: number): Expression {
    return () => {
      this.put(a);
      this.#f.i32(by).op(opcode);
    };
  }
}
