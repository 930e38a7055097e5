/** @file The instructions that compute expressions inside loops. */
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { Local } from "../assembler/types.ts";
import {
  type Buffer,
  type Expr,
  type Gather,
  type Index,
  type Lane,
  type Load,
  parts,
} from "../../../expr/expr.ts";
import { isContiguous, type Layout } from "../../../expr/segments.ts";
import type { Bases } from "./addresses.ts";
import { ElementAddresses, restore } from "./element-addresses.ts";
import type { LoopNest } from "./loops.ts";
import { emitOperation } from "./operations.ts";
import { operandsOf } from "./random.ts";

/** How many elements one instruction works on. In a vector of one, the other lanes hold anything. */
export type Lanes = 1 | 4;

/** From so many elements on a loop is worth longer code. */
const HOT = 4096;

/** Where the emitted code stands: the counters of the loops around it. */
export interface Position {
  /** One for each loop: 4 times the index. */
  readonly counters: readonly Local[];
  /** The loop whose elements go into the lanes; -1 for none. */
  readonly vectorLoop: number;
}

/**
 * Computes expressions in a loop nest. What does not change in inner loops is computed outside of them: `enter` is
 * called at the beginning of each loop's body, from the outermost.
 */
export class ExpressionEmitter {
  readonly #f: FunctionBuilder;
  readonly #module: ModuleBuilder;
  readonly #nest: LoopNest;
  readonly #position: Position;
  readonly #addresses: ElementAddresses;
  /** What a local holds at this point. */
  readonly #values = new Map<Expr, Local>();
  readonly #levels = new Map<Expr, number>();
  readonly #uses = new Map<Expr, number>();
  /** Values that this turn of the loop has stored, by buffer. */
  readonly #fresh = new Map<Buffer, Local>();
  readonly #roots: readonly Expr[];
  readonly #isHot: boolean;

  constructor(
    f: FunctionBuilder,
    module: ModuleBuilder,
    bases: Bases,
    nest: LoopNest,
    position: Position,
    roots: readonly Expr[],
  ) {
    this.#f = f;
    this.#module = module;
    this.#addresses = new ElementAddresses(f, bases, nest, position.counters);
    this.#nest = nest;
    this.#position = position;
    this.#roots = roots;
    this.#isHot = nest.sizes.reduce((product, size) => product * size, 1) >= HOT;
    const seen = new Set<Expr>();
    for (const root of roots) {
      this.#count(root);
      for (const part of parts(root, seen)) {
        for (const arg of argsOf(part)) this.#count(arg);
      }
    }
  }

  /** Emits what loop `level` (-1: none) determines and inner loops use. */
  enter(level: number, lanes: Lanes): void {
    const seen = new Set<Expr>();
    for (const root of this.#roots) {
      for (const part of parts(root, seen)) {
        if (this.#levelOf(part) <= level) continue;
        for (const arg of argsOf(part)) this.#hoist(arg, level, lanes);
      }
      this.#hoist(root, level, lanes);
    }
  }

  /** Pushes `lanes` elements of `expr`. */
  push(expr: Expr, lanes: Lanes): void {
    const known = this.#values.get(expr);
    if (known) {
      this.#f.get(known);
      return;
    }
    this.#compute(expr, lanes);
    if ((this.#uses.get(expr) ?? 0) > 1 && expr.kind !== "const") {
      const local = this.#f.local("v128");
      this.#f.tee(local);
      this.#values.set(expr, local);
    }
  }

  /** Runs `body`; what locals held before it, they hold for the emitter after it, and nothing else. */
  scoped(body: () => void): void {
    const values = new Map(this.#values);
    const fresh = new Map(this.#fresh);
    this.#addresses.scoped(body);
    restore(this.#f, this.#values, values);
    restore(this.#f, this.#fresh, fresh);
  }

  /** Stores `lanes` elements of `expr` at `layout` of `buffer`. */
  store(buffer: Buffer, layout: Layout, expr: Expr, lanes: Lanes): void {
    const value = this.#f.local("v128");
    this.push(expr, lanes);
    this.#f.set(value);
    this.storeValue(buffer, layout, value, expr.lane, lanes);
    if (!this.#remember(buffer, layout, value)) this.#f.free(value);
  }

  /** Stores the first `lanes` of `value`. */
  storeValue(buffer: Buffer, layout: Layout, value: Local, lane: Lane, lanes: Lanes): void {
    const f = this.#f;
    const inner = this.#innerStride(layout);
    const push = () => {
      f.get(value);
      // In registers true is all bits.
      if (lane === "bool") f.op("i32x4.neg");
    };
    if (lanes === 4 && inner === 1) {
      const offset = this.#addresses.push(buffer, layout);
      push();
      f.memory("v128.store", offset);
      return;
    }
    for (let at = 0; at < lanes; at++) {
      const offset = this.#addresses.push(buffer, layout, at * inner);
      push();
      f.memoryLane("v128.store32_lane", at, offset);
    }
  }

  /** Stores the first `lanes` of four float64 numbers, of which the layout counts words of 4 bytes. */
  storeWide(buffer: Buffer, layout: Layout, halves: readonly [Local, Local], lanes: Lanes): void {
    const f = this.#f;
    const inner = this.#innerStride(layout);
    if (lanes === 4 && inner === 2) {
      for (const [i, half] of halves.entries()) {
        const offset = this.#addresses.push(buffer, layout, 4 * i);
        f.get(half).memory("v128.store", offset);
      }
      return;
    }
    for (let at = 0; at < lanes; at++) {
      const offset = this.#addresses.push(buffer, layout, at * inner);
      f.get(halves[at >> 1]!).memoryLane("v128.store64_lane", at & 1, offset);
    }
  }

  /** A load of what was just stored at the same place takes it from the register. */
  #remember(buffer: Buffer, layout: Layout, value: Local): boolean {
    if (!isContiguous(layout, buffer.size)) return false;
    this.#fresh.set(buffer, value);
    return true;
  }

  #count(expr: Expr): void {
    this.#uses.set(expr, (this.#uses.get(expr) ?? 0) + 1);
  }

  /** The innermost loop that `expr` depends on, -1 for none. */
  #levelOf(expr: Expr): number {
    let level = this.#levels.get(expr);
    if (level === undefined) {
      level = -1;
      for (const arg of argsOf(expr)) level = Math.max(level, this.#levelOf(arg));
      if ("segments" in expr) level = Math.max(level, lastStride(this.#nest.stridesOf(expr)));
      this.#levels.set(expr, level);
    }
    return level;
  }

  #hoist(expr: Expr, level: number, lanes: Lanes): void {
    if (expr.kind === "const" || this.#levelOf(expr) > level || this.#values.has(expr)) return;
    const local = this.#f.local("v128");
    this.#compute(expr, lanes);
    this.#f.set(local);
    this.#values.set(expr, local);
  }

  #compute(expr: Expr, lanes: Lanes): void {
    const f = this.#f;
    switch (expr.kind) {
      case "const":
        if (expr.lane === "f32") f.f32x4(expr.value);
        else f.i32x4(expr.lane === "bool" ? -expr.value : expr.value);
        return;
      case "index":
        this.#pushIndex(expr);
        return;
      case "load":
        this.#pushLoad(expr, lanes);
        return;
      case "gather":
        this.#pushGather(expr, lanes);
        return;
      case "apply":
        emitOperation(
          f,
          this.#module,
          expr,
          (i) => this.push(operandsOf(expr)[i]!, lanes),
          lanes,
          this.#isHot,
        );
    }
  }

  #pushLoad(expr: Load, lanes: Lanes): void {
    const f = this.#f;
    const stored = this.#fresh.get(expr.buffer);
    if (stored && isContiguous(expr, expr.buffer.size)) {
      f.get(stored);
      return;
    }
    const inner = this.#innerStride(expr);
    if (inner === 0 || lanes === 1) {
      f.memory("v128.load32_splat", this.#addresses.push(expr.buffer, expr));
    } else if (inner === 1) {
      f.memory("v128.load", this.#addresses.push(expr.buffer, expr));
    } else {
      const value = f.local("v128");
      f.memory("v128.load32_zero", this.#addresses.push(expr.buffer, expr));
      f.set(value);
      for (let lane = 1; lane < 4; lane++) {
        const offset = this.#addresses.push(expr.buffer, expr, lane * inner);
        f.get(value).memoryLane("v128.load32_lane", lane, offset).set(value);
      }
      f.get(value);
      f.free(value);
    }
    if (expr.lane === "bool") f.op("i32x4.neg");
  }

  #pushIndex(expr: Index): void {
    const f = this.#f;
    f.i32(expr.offset);
    for (const [loop, stride] of this.#nest.stridesOf(expr).entries()) {
      if (stride === 0) continue;
      f.get(this.#position.counters[loop]!).i32(2).op("i32.shr_u");
      if (stride !== 1) f.i32(stride).op("i32.mul");
      f.op("i32.add");
    }
    f.op("i32x4.splat");
    const inner = this.#innerStride(expr);
    if (inner !== 0) f.i32x4(0, inner, 2 * inner, 3 * inner).op("i32x4.add");
  }

  #pushGather(expr: Gather, lanes: Lanes): void {
    const f = this.#f;
    const index = f.local("v128");
    this.push(expr.index, lanes);
    // Whatever the index is, nothing outside of the buffer is read.
    f.i32x4(0)
      .op("i32x4.max_s")
      .i32x4(expr.limit - 1)
      .op("i32x4.min_s")
      .set(index);
    const inner = this.#innerStride(expr);
    const isSame = lanes === 1 || !this.#changesInVector(expr.index);
    const step = (lane: number) => () => {
      f.get(index)
        .lane("i32x4.extract_lane", lane)
        .i32(4 * expr.stride)
        .op("i32.mul");
    };
    if (isSame && (inner === 0 || lanes === 1)) {
      f.memory("v128.load32_splat", this.#addresses.push(expr.buffer, expr, 0, step(0)));
    } else if (isSame && inner === 1) {
      f.memory("v128.load", this.#addresses.push(expr.buffer, expr, 0, step(0)));
    } else {
      const value = f.local("v128");
      for (let lane = 0; lane < 4; lane++) {
        const offset = this.#addresses.push(expr.buffer, expr, lane * inner, step(isSame ? 0 : lane));
        if (lane === 0) f.memory("v128.load32_zero", offset);
        else f.get(value).memoryLane("v128.load32_lane", lane, offset);
        f.set(value);
      }
      f.get(value);
      f.free(value);
    }
    f.free(index);
    if (expr.lane === "bool") f.op("i32x4.neg");
  }

  #changesInVector(expr: Expr): boolean {
    const { vectorLoop } = this.#position;
    if (vectorLoop < 0) return false;
    for (const part of parts(expr)) {
      if ("segments" in part && this.#nest.stridesOf(part)[vectorLoop] !== 0) return true;
    }
    return false;
  }

  #innerStride(layout: Layout): number {
    const { vectorLoop } = this.#position;
    return vectorLoop < 0 ? 0 : this.#nest.stridesOf(layout)[vectorLoop]!;
  }

  /** Emits the outer parts of all addresses: before the innermost loop. */
  prepareAddresses(stores: readonly { buffer: Buffer; layout: Layout }[]): void {
    const seen = new Set<Expr>();
    for (const root of this.#roots) {
      for (const part of parts(root, seen)) {
        if ((part.kind === "load" || part.kind === "gather") && !this.#values.has(part))
          this.#addresses.prepare(part.buffer, part);
      }
    }
    for (const { buffer, layout } of stores) this.#addresses.prepare(buffer, layout);
  }
}

function argsOf(expr: Expr): readonly Expr[] {
  if (expr.kind === "apply") return operandsOf(expr);
  return expr.kind === "gather" ? [expr.index] : [];
}

function lastStride(strides: readonly number[]): number {
  for (let loop = strides.length - 1; loop >= 0; loop--) if (strides[loop] !== 0) return loop;
  return -1;
}
