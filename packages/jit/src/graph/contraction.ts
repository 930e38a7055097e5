/** @file The order in which the factors of a product are multiplied, and summed. */
import * as tf from "@tensorflow/tfjs-core";
import type { Value } from "@nnx-js/nn/trace";
import { divided, extent, type Index } from "./axes.ts";
import type { Factor, Product } from "./factors.ts";
import type { GraphWriter } from "./graph-writer.ts";

/** A value with an axis for each of its indices, in that order. */
interface Term {
  readonly value: Value;
  readonly indices: readonly Index[];
}

/** Terms over the same indices, or over fewer of them. */
interface Group {
  readonly indices: readonly Index[];
  /** Terms that occur squared, and those by whose squares the product is divided. */
  readonly roots: Term[];
  readonly rootDivisors: Term[];
  readonly plain: Term[];
  readonly divisors: Term[];
}

const LETTERS = "abcdefghijklmnopqrstuvwxyz";

/** Sums one product. */
export class Contraction {
  readonly #writer: GraphWriter;
  readonly #summed: ReadonlySet<Index>;
  readonly #kept: readonly Index[];
  readonly #groups: Group[] = [];
  /** What the sum is multiplied by. */
  #scale: number;

  /** @param kept the indices of the result, in order */
  constructor(writer: GraphWriter, { factors, summed, isNegative }: Product, kept: readonly Index[]) {
    this.#writer = writer;
    this.#summed = new Set(divided(summed));
    this.#kept = kept;
    this.#scale = isNegative ? -1 : 1;
    const left = new Set(this.#summed);
    const counts = new Map<string, { term: Term; factor: Factor; count: number }>();
    for (const factor of factors) {
      const indices = divided(factor.axes.flat());
      for (const index of indices) left.delete(index);
      const key = [
        factor.value.id,
        factor.isDivisor,
        factor.isAbsolute,
        ...indices.map((index) => this.#numberOf(index)),
      ].join();
      const known = counts.get(key);
      if (known) known.count++;
      else counts.set(key, { term: this.#term(factor.value, indices), factor, count: 1 });
    }
    // What does not depend on an index is summed that many times.
    this.#scale *= extent(left);
    for (const { term, factor, count } of counts.values()) {
      const group = this.#groupOf(term.indices);
      const [squared, once] = factor.isDivisor
        ? [group.rootDivisors, group.divisors]
        : [group.roots, group.plain];
      for (let i = 1; i < count; i += 2) squared.push(term);
      if (count % 2 === 1) once.push(this.#absolute(term, factor));
    }
  }

  /** The sums, with an axis for each index that is kept. */
  run(): Value {
    while (this.#fold() || this.#absorb() || this.#multiply());
    const group = emptyGroup(this.#kept);
    for (const other of this.#groups) move(other, group);
    const value = this.#valueOf(group);
    return this.#scale === 1
      ? value
      : this.#writer.launch(tf.Multiply, [value, this.#writer.scalar(this.#scale)]);
  }

  /** Sums over indices that only one group has. */
  #fold(): boolean {
    for (const group of this.#groups) {
      const own = group.indices.filter((index) => this.#summed.has(index) && this.#countOf(index) === 1);
      if (own.length === 0) continue;
      this.#remove(group);
      const rest = group.indices.filter((index) => !own.includes(index));
      const sumOf = (kernelName: string, value: Value): Value => {
        const axes = own.map((index) => group.indices.indexOf(index));
        const attrs = kernelName === tf.Max ? { reductionIndices: axes } : { axis: axes };
        return this.#writer.launch(kernelName, [value], { ...attrs, keepDims: false }, sizes(rest));
      };
      const target = this.#groupOf(rest);
      const root = this.#spread(this.#rootOf(group), group.indices);
      if (root) {
        const largest = this.#largest(sumOf(tf.Max, this.#writer.launch(tf.Abs, [root.value])));
        const divisor = this.#aligned({ value: largest, indices: rest }, group.indices);
        const small = this.#writer.launch(tf.RealDiv, [root.value, divisor]);
        group.roots.splice(0, Infinity, { value: small, indices: group.indices });
        group.rootDivisors.length = 0;
        target.roots.push({ value: largest, indices: rest });
      }
      target.plain.push({ value: sumOf(tf.Sum, this.#valueOf(group)), indices: rest });
      return true;
    }
    return false;
  }

  /** What numbers of that size are divided by: 1 where that would make something else of them. */
  #largest(value: Value): Value {
    const { shape } = value;
    const ratio = this.#writer.launch(tf.RealDiv, [value, value]);
    const condition = this.#writer.launchOf(tf.IsFinite, { x: ratio }, {}, shape, "bool");
    const ones = this.#writer.launchOf(tf.Fill, {}, { shape: [...shape], value: 1, dtype: "float32" }, shape);
    return this.#writer.launchOf(tf.Select, { condition, t: value, e: ones }, {}, shape);
  }

  /** Multiplies a group by one whose indices it has, and sums run over them. */
  #absorb(): boolean {
    for (const group of this.#groups) {
      if (!group.indices.some((index) => this.#summed.has(index))) continue;
      const larger = this.#groups
        .filter((other) => other !== group && group.indices.every((index) => other.indices.includes(index)))
        .sort((a, b) => extent(a.indices) - extent(b.indices));
      if (larger.length === 0) continue;
      this.#remove(group);
      move(group, larger[0]!);
      return true;
    }
    return false;
  }

  /** Multiplies two groups that sums run over both of: the two that give the least to do. */
  #multiply(): boolean {
    let best: { a: Group; b: Group; cost: number } | undefined;
    for (const [i, a] of this.#groups.entries()) {
      for (const b of this.#groups.slice(i + 1)) {
        if (!a.indices.some((index) => this.#summed.has(index) && b.indices.includes(index))) continue;
        const cost = extent(new Set([...a.indices, ...b.indices]));
        if (!best || cost < best.cost) best = { a, b, cost };
      }
    }
    if (!best) return false;
    const { a, b } = best;
    this.#remove(a);
    this.#remove(b);
    const all = [...new Set([...a.indices, ...b.indices])];
    const rest = all.filter((index) => !this.#summed.has(index) || this.#countOf(index) > 0);
    const inOrder = [
      ...this.#kept.filter((index) => rest.includes(index)),
      ...rest.filter((index) => !this.#kept.includes(index)),
    ];
    const letters = (indices: readonly Index[]) =>
      indices.map((index) => LETTERS[all.indexOf(index)]).join("");
    const value = this.#writer.launchOf(
      tf.Einsum,
      { 0: this.#valueOf(a), 1: this.#valueOf(b) },
      { equation: `${letters(a.indices)},${letters(b.indices)}->${letters(inOrder)}` },
      sizes(inOrder),
    );
    this.#groupOf(inOrder).plain.push({ value, indices: inOrder });
    return true;
  }

  /** The product of a group. */
  #valueOf(group: Group): Value {
    const { indices, plain, divisors } = group;
    const root = this.#rootOf(group);
    const squares: Term[] = root ? [{ ...root, value: this.#writer.launch(tf.Square, [root.value]) }] : [];
    return this.#spread(this.#quotient([...plain, ...squares], divisors, indices) ?? this.#one(), indices)!
      .value;
  }

  /** What occurs squared in a group: of a quotient, whose square may be in range where those of its parts are not. */
  #rootOf({ indices, roots, rootDivisors }: Group): Term | undefined {
    return this.#quotient(roots, rootDivisors, indices);
  }

  #quotient(above: readonly Term[], below: readonly Term[], indices: readonly Index[]): Term | undefined {
    const whole = this.#multiplied(above, indices);
    const divisor = this.#multiplied(below, indices);
    return divisor ? this.#binary(tf.RealDiv, whole ?? this.#one(), divisor, indices) : whole;
  }

  #one(): Term {
    return { value: this.#writer.scalar(1), indices: [] };
  }

  #multiplied(terms: readonly Term[], indices: readonly Index[]): Term | undefined {
    const [first, ...others] = [...terms].sort((a, b) => a.indices.length - b.indices.length);
    return first && others.reduce((all, term) => this.#binary(tf.Multiply, all, term, indices), first);
  }

  /** Computes with two terms, over as many of `indices` as they have. */
  #binary(kernelName: string, a: Term, b: Term, indices: readonly Index[]): Term {
    const common = indices.filter((index) => a.indices.includes(index) || b.indices.includes(index));
    const value = this.#writer.launch(kernelName, [this.#aligned(a, common), this.#aligned(b, common)]);
    return { value, indices: common };
  }

  /** `term` with an axis for each index, of size 1 where it does not have that. */
  #aligned({ value, indices: own }: Term, indices: readonly Index[]): Value {
    const wanted = indices.filter((index) => own.includes(index));
    const perm = wanted.map((index) => own.indexOf(index));
    const isInOrder = perm.every((axis, i) => axis === i);
    const turned = isInOrder ? value : this.#writer.launch(tf.Transpose, [value], { perm }, sizes(wanted));
    return this.#writer.reshape(
      turned,
      indices.map((index) => (own.includes(index) ? index.size : 1)),
    );
  }

  /** `term` repeated along the indices that it does not have. */
  #spread(term: Term | undefined, indices: readonly Index[]): Term | undefined {
    if (!term) return undefined;
    const value = this.#aligned(term, indices);
    const shape = sizes(indices);
    if (term.indices.length === indices.length) return { value, indices };
    return {
      value: this.#writer.launch(tf.BroadcastTo, [value], { shape, inputShape: [...value.shape] }, shape),
      indices,
    };
  }

  #absolute(term: Term, { isAbsolute }: Factor): Term {
    return isAbsolute ? { ...term, value: this.#writer.launch(tf.Abs, [term.value]) } : term;
  }

  #term(value: Value, indices: readonly Index[]): Term {
    return { value: this.#writer.reshape(value, sizes(indices)), indices };
  }

  #groupOf(indices: readonly Index[]): Group {
    const known = this.#groups.find(
      (group) =>
        group.indices.length === indices.length && indices.every((index) => group.indices.includes(index)),
    );
    if (known) return known;
    const group = emptyGroup(indices);
    this.#groups.push(group);
    return group;
  }

  #remove(group: Group): void {
    this.#groups.splice(this.#groups.indexOf(group), 1);
  }

  #countOf(index: Index): number {
    return this.#groups.filter(({ indices }) => indices.includes(index)).length;
  }

  readonly #numbers = new Map<Index, number>();

  #numberOf(index: Index): number {
    let number = this.#numbers.get(index);
    if (number === undefined) this.#numbers.set(index, (number = this.#numbers.size));
    return number;
  }
}

function emptyGroup(indices: readonly Index[]): Group {
  return { indices, roots: [], rootDivisors: [], plain: [], divisors: [] };
}

/** Multiplies one group by another, whose indices it has. */
function move(from: Group, to: Group): void {
  to.roots.push(...from.roots);
  to.rootDivisors.push(...from.rootDivisors);
  to.plain.push(...from.plain);
  to.divisors.push(...from.divisors);
}

function sizes(indices: readonly Index[]): number[] {
  return indices.map(({ size }) => size);
}
