/** @file The task of a chain: invocations of a workgroup do all that there is to do for a row. */
import { type Buffer, costOf, type Expr, parts, replaced } from "../../../expr/expr.ts";
import { isContiguous } from "../../../expr/segments.ts";
import { exprsOf, readsOf, writesOf } from "../../../steps/accesses.ts";
import type { MapStep, ReduceStep } from "../../../steps/step.ts";
import { Block, elementCode, wordValue } from "../emit/expression.ts";
import { levelsOf } from "../reduce/levels.ts";
import { type Combination, combinationOf } from "../reduce/reducers.ts";
import { fromWord, toWord } from "../reduce/state.ts";
import { tileOf } from "../reduce/tile.ts";
import { type Task, type TaskWriter, WORKGROUP } from "../task.ts";
import { type Chain, goesOverElements, type Loop } from "./chain.ts";

/** What is made of more operations and reads than this is stored and read again rather than computed again. */
const CHEAP = 24;

/**
 * The task of `chain`.
 *
 * @param isNeeded whether anything but the chain reads a buffer that it writes
 */
export function chainTask(chain: Chain, isNeeded: (buffer: Buffer) => boolean): Task {
  const { rows, columns } = chain;
  const members = withoutCopies(chain, isNeeded);
  const own = new Set(members.flatMap(writesOf));
  const reads = new Set(members.flatMap((step) => [...readsOf(step)]).filter((buffer) => !own.has(buffer)));
  const isStored = (buffer: Buffer) => isNeeded(buffer) || isElements(buffer, members, chain);
  const { across, along } = tileOf(rows, columns, "rows");
  const states = members.map((step) => (step.kind === "reduce" ? step.reductions.length : 0));
  return {
    label: `rows ${rows}x${columns} (${members.map(nameOf).join(", ")})`,
    reads: [...reads],
    writes: [...own].filter(isStored),
    groups: Math.ceil(rows / across),
    sharedWords: along > 1 ? WORKGROUP * Math.max(...states) : 0,
    flops: members.reduce((sum, step) => sum + sizeOf(step) * costOfAll(step), 0),
    emit: (writer) => new ChainWriter(writer, chain, members, isStored).code(),
  };
}

function nameOf(step: Loop): string {
  return step.kind === "map" ? "map" : step.reductions.map(({ reducer }) => reducer).join("+");
}

function sizeOf(step: Loop): number {
  return step.kind === "map" ? step.size : step.kept * step.reduced;
}

function costOfAll(step: Loop): number {
  return exprsOf(step).reduce((sum, expr) => sum + costOf(expr) + 1, 0);
}

/** Whether `buffer` holds what a map makes of each element. */
function isElements(buffer: Buffer, members: readonly Loop[], chain: Chain): boolean {
  return members.some(
    (step) => step.kind === "map" && goesOverElements(step, chain) && writesOf(step).includes(buffer),
  );
}

/** The members, with cheap elements that nobody else needs computed where they are used. */
function withoutCopies(chain: Chain, isNeeded: (buffer: Buffer) => boolean): Loop[] {
  const size = chain.rows * chain.columns;
  const exprs = new Map<Buffer, Expr>();
  const done = new Map<Expr, Expr>();
  const inlined = (expr: Expr) =>
    replaced(expr, (part) => (part.kind === "load" ? exprs.get(part.buffer) : undefined), done);
  return chain.members.flatMap((step): Loop[] => {
    if (step.kind === "reduce") {
      const reductions = step.reductions.map((each) => ({ ...each, expr: inlined(each.expr) }));
      return [{ ...step, reductions }];
    }
    if (!goesOverElements(step, chain)) return [step];
    const stores = step.stores.flatMap((store) => {
      const expr = inlined(store.expr);
      const isCopy =
        !isNeeded(store.buffer) && isContiguous(store.layout, size) && parts(expr).length <= CHEAP;
      if (!isCopy) return [{ ...store, expr }];
      exprs.set(store.buffer, expr);
      return [];
    });
    return stores.length > 0 ? [{ ...step, stores }] : [];
  });
}

/** Writes the code of a chain. */
class ChainWriter {
  private readonly writer: TaskWriter;
  private readonly chain: Chain;
  private readonly members: readonly Loop[];
  private readonly isStored: (buffer: Buffer) => boolean;
  private readonly along: number;
  private readonly across: number;
  /** Buffers whose values invocations know, and do not read. */
  private readonly pending: readonly Buffer[];
  private readonly values = new Map<Buffer, string>();
  private readonly all: Block;
  private readonly row: Block;
  private hasShared = false;

  constructor(
    writer: TaskWriter,
    chain: Chain,
    members: readonly Loop[],
    isStored: (buffer: Buffer) => boolean,
  ) {
    this.writer = writer;
    this.chain = chain;
    this.members = members;
    this.isStored = isStored;
    const { rows, columns } = chain;
    ({ along: this.along, across: this.across } = tileOf(rows, columns, "rows"));
    this.pending = members
      .filter((step) => step.kind === "reduce" || !goesOverElements(step, chain))
      .flatMap(writesOf);
    this.all = Block.over(writer, [rows, columns], this.pending);
    this.row = this.all.inside("kept");
  }

  code(): string {
    const { along, across, all, row } = this;
    const { rows, columns } = this.chain;
    const count = this.writer.number(rows);
    for (const step of this.members) {
      if (step.kind === "reduce") this.reduce(step);
      else if (goesOverElements(step, this.chain)) this.map(step);
      else this.mapRows(step);
    }
    // Invocations that have no row do what there is to do for the last one, and store nothing.
    return `
let helper = lane % ${along}u;
let mine = group * ${across}u + lane / ${along}u;
let kept = min(mine, ${count} - 1u);
let is_first = helper == 0u && mine == kept;
let end = select(0u, ${columns}u, mine == kept);
${all.code}${row.code}`;
  }

  /** What is the same for a row is computed once, but for what is known only later. */
  private prepare(step: Loop): void {
    const exprs = exprsOf(step);
    this.all.prepare(exprs);
    this.row.prepare(exprs);
  }

  private map(step: MapStep): void {
    this.prepare(step);
    const element = this.row.inside("column");
    for (const { buffer, layout, expr } of step.stores) element.store(buffer, layout, expr);
    this.row.add(this.loop(element.code, "end"));
  }

  private mapRows(step: MapStep): void {
    const block = Block.over(this.writer, [step.size], this.pending).inside("kept");
    for (const [buffer, value] of this.values) block.give(buffer, value);
    for (const { buffer, layout, expr } of step.stores) {
      const value = block.value(expr);
      if (this.isStored(buffer)) {
        const place = block.place(buffer, layout);
        block.add(`if (is_first) { heap[${place}] = ${elementCode(value, expr.lane)}; }`);
      }
      if (isContiguous(layout, step.size)) this.know(buffer, value, block);
    }
    this.row.add(block.code);
  }

  private reduce(step: ReduceStep): void {
    const { columns } = this.chain;
    const { writer, row, along } = this;
    const folded = step.reductions.map(({ reducer, expr, buffer }) => ({
      buffer,
      expr,
      combination: combinationOf(reducer, expr.lane),
      name: writer.name("state"),
    }));
    this.prepare(step);
    const element = row.inside("column");
    for (const { expr, combination, name } of folded) {
      element.add(combination.take(writer, name, element.value(expr)));
    }
    const names = folded.map(({ name }) => name);
    const states = folded.map(({ combination }) => combination.state);
    const sums = levelsOf(writer, states, names, Math.ceil(columns / along));
    for (const { name, combination } of folded) row.add(`var ${name} = ${combination.state.neutral};`);
    row.add(sums.declare);
    row.add(this.loop(`${element.code}${sums.turn}`, `${columns}u`));
    row.add(sums.settle);
    if (along > 1) this.fold(folded);
    for (const { buffer, expr, combination, name } of folded) {
      const word = writer.name("word");
      row.add(`let ${word} = ${combination.word(name)};`);
      if (this.isStored(buffer)) {
        row.add(`if (is_first) { heap[${writer.placeOf(buffer)} + kept] = ${word}; }`);
      }
      const value = writer.name("total");
      row.add(`let ${value} = ${wordValue(word, expr.lane)};`);
      this.know(buffer, value);
    }
  }

  /** Puts what the helpers of a row have together, and lets each have the result. */
  private fold(folded: readonly { readonly name: string; readonly combination: Combination }[]): void {
    const { row, along } = this;
    const each = (code: (part: (typeof folded)[number], i: number) => string) => folded.map(code).join("\n");
    const store = each(
      ({ name, combination }, i) => `${slot(i, "lane")} = ${toWord(name, combination.state)};`,
    );
    // What was read last of the same words.
    if (this.hasShared) row.add("workgroupBarrier();");
    this.hasShared = true;
    row.add(`${store}
for (var half = ${along / 2}u; half > 0u; half >>= 1u) {
  workgroupBarrier();
  if (helper < half) {
    ${each(({ name, combination }, i) => {
      const other = `${name}_other`;
      const load = `let ${other} = ${fromWord(slot(i, "lane + half"), combination.state)};`;
      return `${load}\n${combination.merge(name, other)}`;
    })}
    ${store}
  }
}
workgroupBarrier();
${each(({ name, combination }, i) => `${name} = ${fromWord(slot(i, "lane - helper"), combination.state)};`)}`);
  }

  private loop(code: string, end: string): string {
    return `for (var column = helper; column < ${end}; column += ${this.along}u) {\n${code}}`;
  }

  /** From here on, loads of `buffer` are `value`. */
  private know(buffer: Buffer, value: string, block?: Block): void {
    this.values.set(buffer, value);
    this.row.give(buffer, value);
    block?.give(buffer, value);
  }
}

/** The word of an invocation in workgroup memory for a state. */
function slot(state: number, lane: string): string {
  return `shared_words[${state * WORKGROUP}u + ${lane}]`;
}
