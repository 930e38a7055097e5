/** @file The code of a chain. */
import type { Buffer, Expr } from "../../../expr/expr.ts";
import { contiguous, isContiguous } from "../../../expr/segments.ts";
import { exprsOf, readsOf, writesOf } from "../../../steps/accesses.ts";
import type { MapStep, ReduceStep, Store } from "../../../steps/step.ts";
import { Block, elementCode } from "../emit/expression.ts";
import { type Combination, combinationOf, namesOf } from "../reduce/reducers.ts";
import type { Tile } from "../reduce/tile.ts";
import { helpersOf, together } from "../reduce/together.ts";
import type { TaskWriter } from "../task.ts";
import { type Chain, goesOverElements, type Loop } from "./chain.ts";
import { chainTile, keepsElements } from "./chain-tile.ts";

/** One of the elements that an invocation keeps of its row. */
interface Element {
  readonly block: Block;
  readonly at: string;
  /** A condition; undefined if it is always there. */
  readonly isThere: string | undefined;
}

/** One of the reductions that are done together. */
interface Folded {
  readonly buffer: Buffer;
  readonly expr: Expr;
  readonly combination: Combination;
  /** The variables of what an invocation has collected. */
  readonly names: readonly string[];
}

/**
 * Writes the code of a chain. Invocations keep short rows in registers, and go over long ones again for each step.
 * Those that have no row do what there is to do for the last one, and store nothing; so it is with elements.
 */
export class ChainWriter {
  readonly #writer: TaskWriter;
  readonly #chain: Chain;
  readonly #members: readonly Loop[];
  readonly #isStored: (buffer: Buffer) => boolean;
  readonly #tile: Tile;
  readonly #lines: string[] = [];
  /** How much of the code of each block is in the lines. */
  readonly #taken = new Map<Block, number>();
  readonly #all: Block;
  /** At a row, for what goes over elements. */
  readonly #row: Block;
  /** At a row, for what goes over rows only. */
  readonly #kept: Block;
  /** Undefined where elements are not kept. */
  readonly #elements: readonly Element[] | undefined;
  readonly #isRow: string | undefined;
  #hasShared = false;

  constructor(
    writer: TaskWriter,
    chain: Chain,
    members: readonly Loop[],
    isStored: (buffer: Buffer) => boolean,
  ) {
    this.#writer = writer;
    this.#chain = chain;
    this.#members = members;
    this.#isStored = isStored;
    this.#tile = chainTile(chain);
    const { rows, columns } = chain;
    const { across, along } = this.#tile;
    const isKept = keepsElements(chain);
    // Buffers whose values invocations know, and do not read.
    const known = members
      .filter((step) => isKept || step.kind === "reduce" || !goesOverElements(step, chain))
      .flatMap(writesOf);
    this.#all = Block.over(writer, [rows, columns], known);
    this.#row = this.#all.inside("kept");
    this.#kept = Block.over(writer, [rows], known).inside("kept");
    this.#isRow = rows % across === 0 ? undefined : "mine == kept";
    this.#elements = isKept
      ? Array.from({ length: Math.ceil(columns / along) }, (_, i) => ({
          block: this.#row.inside(`column${i}`),
          at: `helper + ${i * along}u`,
          isThere: (i + 1) * along <= columns ? undefined : `helper + ${i * along}u < ${columns}u`,
        }))
      : undefined;
  }

  code(): string {
    const { rows, columns, direction } = this.#chain;
    const { helper, row } = helpersOf(this.#tile, direction);
    this.#lines.push(
      `let helper = ${helper};`,
      `let mine = group * ${this.#tile.across}u + ${row};`,
      `let kept = min(mine, ${this.#writer.number(rows)} - 1u);`,
    );
    for (const [i, { at, isThere }] of (this.#elements ?? []).entries()) {
      this.#lines.push(`let column${i} = ${isThere ? `min(${at}, ${columns - 1}u)` : at};`);
    }
    for (const step of this.#members) {
      if (step.kind === "map" && !goesOverElements(step, this.#chain)) this.#mapRows(step);
      else {
        this.#prepare(step);
        if (step.kind === "reduce") this.#reduce(step);
        else this.#map(step);
      }
    }
    return this.#lines.map((line) => `${line}\n`).join("");
  }

  /** What is the same for a row is computed once, but for what is known only later. */
  #prepare(step: Loop): void {
    const exprs = exprsOf(step);
    this.#all.prepare(exprs);
    this.#row.prepare(exprs);
    this.#flush(this.#all, this.#row);
  }

  #map({ stores }: MapStep): void {
    if (!this.#elements) {
      const element = this.#row.inside("column");
      for (const { buffer, layout, expr } of stores) element.store(buffer, layout, expr);
      this.#loop(element.code, this.#isRow);
      return;
    }
    for (const { block, isThere } of this.#elements) {
      for (const store of stores) {
        const value = block.value(store.expr);
        this.#store(block, store, value, isThere);
        block.give(store.buffer, value);
      }
      this.#flush(block);
    }
  }

  /** All helpers of a row compute what is the same for it, the first one stores it. */
  #mapRows(step: MapStep): void {
    const kept = this.#kept;
    const values = step.stores.map((store) => {
      const value = kept.value(store.expr);
      if (isContiguous(store.layout, step.size)) this.#know(store.buffer, value);
      return value;
    });
    // A next value may take the place of the old one, which all have to read before.
    const mayReplace = [...readsOf(step)].some(({ role }) => role.kind === "parameter");
    if (mayReplace && this.#tile.along > 1) kept.add("storageBarrier();");
    for (const [i, store] of step.stores.entries()) this.#store(kept, store, values[i]!, "helper == 0u");
    this.#flush(kept);
  }

  #reduce({ reductions }: ReduceStep): void {
    const writer = this.#writer;
    const kept = this.#kept;
    const folded = reductions.map(({ reducer, expr, buffer }): Folded => {
      const combination = combinationOf(reducer, expr.lane, this.#chain.columns);
      const names = combination.states.map(({ neutral }) => {
        const name = writer.name("state");
        this.#lines.push(`var ${name} = ${neutral};`);
        return name;
      });
      return { buffer, expr, combination, names };
    });
    if (this.#elements) this.#foldKept(folded, this.#elements);
    else this.#foldLoop(folded);
    const states = this.#tile.along > 1 ? this.#foldHelpers(folded) : folded.flatMap(({ names }) => names);
    const own = namesOf(
      folded.map(({ combination }) => combination),
      states,
    );
    for (const [i, { buffer, expr, combination }] of folded.entries()) {
      const value = writer.name("total");
      this.#lines.push(`let ${value} = ${combination.value(writer, own[i]!)};`);
      this.#know(buffer, value);
      this.#store(kept, { buffer, layout: contiguous(buffer.size), expr }, value, "helper == 0u");
    }
    this.#flush(kept);
  }

  #foldKept(folded: readonly Folded[], elements: readonly Element[]): void {
    for (const { block, isThere } of elements) {
      const values = folded.map(({ expr }) => block.value(expr));
      const takes = folded.map(({ combination, names }, i) =>
        combination.take(this.#writer, names, values[i]!),
      );
      block.add(isThere ? `if (${isThere}) {\n${takes.join("\n")}\n}` : takes.join("\n"));
      this.#flush(block);
    }
  }

  #foldLoop(folded: readonly Folded[]): void {
    const element = this.#row.inside("column");
    for (const { expr, combination, names } of folded) {
      element.add(combination.take(this.#writer, names, element.value(expr)));
    }
    this.#loop(element.code);
  }

  /** What all helpers of a row have come to: names that each of them has. */
  #foldHelpers(folded: readonly Folded[]): string[] {
    const { direction } = this.#chain;
    const combinations = folded.map(({ combination }) => combination);
    const states = combinations.flatMap((combination) => combination.states);
    const merge = (into: readonly string[], others: readonly string[]) => {
      const [mine, theirs] = [namesOf(combinations, into), namesOf(combinations, others)];
      return combinations.map((combination, i) => combination.merge(mine[i]!, theirs[i]!)).join("\n");
    };
    // What was read last of the same words.
    const first = this.#hasShared ? "workgroupBarrier();" : "";
    this.#hasShared = true;
    const names = folded.flatMap((each) => each.names);
    const merging = { states, direction, merge };
    this.#lines.push(together(this.#writer, merging, this.#tile, names, { first, isForAll: true }));
    return names;
  }

  /** Goes over the elements of a row, if `condition` holds. */
  #loop(code: string, condition?: string): void {
    const { columns } = this.#chain;
    const loop = `for (var column = helper; column < ${columns}u; column += ${this.#tile.along}u) {\n${code}}`;
    this.#lines.push(condition ? `if (${condition}) {\n${loop}\n}` : loop);
  }

  #store(block: Block, { buffer, layout, expr }: Store, value: string, condition?: string): void {
    if (!this.#isStored(buffer)) return;
    const conditions = [this.#isRow, condition].filter((one) => one !== undefined);
    const place = block.place(buffer, layout);
    const code = `heap[${place}] = ${elementCode(value, expr.lane)};`;
    block.add(conditions.length > 0 ? `if (${conditions.join(" && ")}) { ${code} }` : code);
  }

  /** From here on, loads of `buffer` are `value`. */
  #know(buffer: Buffer, value: string): void {
    this.#row.give(buffer, value);
    this.#kept.give(buffer, value);
  }

  /** Moves what is new in the code of blocks to the lines. */
  #flush(...blocks: readonly Block[]): void {
    for (const block of blocks) {
      const { code } = block;
      this.#lines.push(code.slice(this.#taken.get(block) ?? 0));
      this.#taken.set(block, code.length);
    }
  }
}
