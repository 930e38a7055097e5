/** @file Expressions: what one element of a tensor is computed from. */
import { contiguous, type Layout, type Move } from "./segments.ts";
import type { OpName } from "./operations.ts";

/** How an element is held: a float, an integer, or a truth value (0 or 1 in memory, all bits in a register). */
export type Lane = "f32" | "i32" | "bool";

/** A piece of memory that a program reads or writes. */
export interface Buffer {
  readonly id: number;
  /** In elements of 4 bytes. */
  readonly size: number;
  /** What it belongs to. */
  readonly role:
    | { readonly kind: "parameter"; readonly index: number }
    | { readonly kind: "constant"; readonly elements: Float32Array | Int32Array | Uint8Array }
    | { readonly kind: "temporary" };
}

/** An element of a buffer. */
export interface Load extends Layout {
  readonly kind: "load";
  readonly lane: Lane;
  readonly buffer: Buffer;
}

/** An integer that grows from element to element: the place that a layout names. */
export interface Index extends Layout {
  readonly kind: "index";
  readonly lane: "i32";
}

/** An element of a buffer at `layout + index * stride`, where `index` is computed and brought into `[0, limit)`. */
export interface Gather extends Layout {
  readonly kind: "gather";
  readonly lane: Lane;
  readonly buffer: Buffer;
  readonly index: Expr;
  readonly stride: number;
  readonly limit: number;
}

/** The same number everywhere. */
export interface Const {
  readonly kind: "const";
  readonly lane: Lane;
  readonly value: number;
}

/** An operation on the elements at the same place. */
export interface Apply {
  readonly kind: "apply";
  readonly lane: Lane;
  readonly op: OpName;
  readonly args: readonly Expr[];
  /** What it takes to compute, with its arguments, roughly in additions; elements are read for 1. */
  readonly cost: number;
  /** How many operations and reads it is made of, shared ones counted once for each use. */
  readonly size: number;
}

/** One element of a tensor, as a function of its place. */
export type Expr = Load | Index | Gather | Const | Apply;

/** What `expr` costs to compute, roughly in additions. */
export function costOf(expr: Expr): number {
  if (expr.kind === "apply") return expr.cost;
  if (expr.kind === "gather") return 4 + costOf(expr.index);
  return expr.kind === "load" ? 1 : 0;
}

/** How many operations and reads `expr` is made of. */
export function sizeOf(expr: Expr): number {
  if (expr.kind === "apply") return expr.size;
  return expr.kind === "gather" ? 1 + sizeOf(expr.index) : 1;
}

/** All elements of `buffer`, in order. */
export function load(buffer: Buffer, lane: Lane): Load {
  return { kind: "load", lane, buffer, ...contiguous(buffer.size) };
}

/** The number `value` everywhere. */
export function constant(value: number, lane: Lane): Const {
  const held = lane === "f32" ? Math.fround(value) : lane === "i32" ? value | 0 : Number(value !== 0);
  return { kind: "const", lane, value: held };
}

/** The places 0, 1, … of `size` elements. */
export function index(size: number): Index {
  return { kind: "index", lane: "i32", ...contiguous(size) };
}

/** `expr` after a layout operation; undefined where one of its reads cannot follow. */
export function moved(expr: Expr, move: Move): Expr | undefined {
  const done = new Map<Expr, Expr | undefined>();
  const visit = (node: Expr): Expr | undefined => {
    if (done.has(node)) return done.get(node);
    const result = rebuild(node);
    done.set(node, result);
    return result;
  };
  const rebuild = (node: Expr): Expr | undefined => {
    if (node.kind === "const") return node;
    if (node.kind === "apply") {
      const args: Expr[] = [];
      for (const arg of node.args) {
        const next = visit(arg);
        if (!next) return undefined;
        args.push(next);
      }
      return { ...node, args };
    }
    const layout = move(node);
    if (!layout) return undefined;
    if (node.kind !== "gather") return { ...node, ...layout };
    const at = visit(node.index);
    return at && { ...node, ...layout, index: at };
  };
  return visit(expr);
}

/**
 * `expr` with those of its parts replaced for which `replacement` gives something. What was `done` before stays shared.
 */
export function replaced(
  expr: Expr,
  replacement: (part: Expr) => Expr | undefined,
  done = new Map<Expr, Expr>(),
): Expr {
  const visit = (node: Expr): Expr => {
    const known = done.get(node);
    if (known) return known;
    const result = replacement(node) ?? rebuild(node);
    done.set(node, result);
    return result;
  };
  const rebuild = (node: Expr): Expr => {
    if (node.kind === "apply") return { ...node, args: node.args.map(visit) };
    return node.kind === "gather" ? { ...node, index: visit(node.index) } : node;
  };
  return visit(expr);
}

/** `expr` and all that it is made of, each once and after what it is made of, but for what was `seen`. */
export function parts(expr: Expr, seen = new Set<Expr>()): Expr[] {
  const found: Expr[] = [];
  collectParts(expr, seen, found);
  return found;
}

function collectParts(part: Expr, seen: Set<Expr>, found: Expr[]): void {
  if (seen.has(part)) return;
  seen.add(part);
  if (part.kind === "apply") for (const arg of part.args) collectParts(arg, seen, found);
  else if (part.kind === "gather") collectParts(part.index, seen, found);
  found.push(part);
}
