/** @file Products in tiles: a workgroup brings pieces of both operands to its memory, and sums blocks in registers. */
import { type Task, type TaskWriter, WORKGROUP } from "../task.ts";
import {
  Digits,
  emitBases,
  literal,
  locateKept,
  locateTerm,
  readerOf,
  readsOfOperand,
  resultPlace,
  splitInto,
} from "./code.ts";
import { batchesOf, flopsOf, isDense, type Operand, type Product } from "./product.ts";
import { emitWithoutPadding } from "./padding.ts";
import type { Finish } from "./result.ts";
import { blockOf } from "./sums.ts";

/** A square tile of the result, and how its sums are shared by the invocations of a workgroup. */
export interface Tile {
  /** Rows and columns. */
  readonly size: number;
  /** Rows and columns of the block whose sums an invocation keeps in registers: a multiple of 4. */
  readonly block: number;
  /** Terms that are in workgroup memory at a time. */
  readonly terms: number;
}

/** From the largest. Each brings four elements of each operand for each invocation. */
export const TILES = [
  { size: 128, block: 8, terms: 8 },
  { size: 64, block: 4, terms: 16 },
  { size: 32, block: 4, terms: 32 },
  { size: 16, block: 4, terms: 64 },
] as const satisfies readonly Tile[];

/** How many invocations share the terms of each block: those that the blocks of a tile leave over. */
export function slicesOf({ size, block }: Tile): number {
  return WORKGROUP / (size / block) ** 2;
}

/** What labels say of products that hold their operands as float16. */
export const OF_HALVES = "operands float16";

/** How the work is shared. */
export interface TiledPlan {
  readonly tile: Tile;
  /** Parts of the terms, for a workgroup each. */
  readonly chunks: number;
}

/** A tile for each workgroup. */
export function tiledTask(label: string, product: Product, plan: TiledPlan, finish: Finish): Task {
  const { m, n, a, b } = product;
  const { tile, chunks } = plan;
  const code = new TiledProduct(product, plan, finish);
  return {
    label: product.mayHalve ? `${label}, ${OF_HALVES}` : label,
    reads: [...new Set([...readsOfOperand(a), ...readsOfOperand(b), ...finish.reads])],
    writes: finish.writes,
    groups: batchesOf(product) * chunks * Math.ceil(m / tile.size) * Math.ceil(n / tile.size),
    sharedWords: 0,
    ...code.shared,
    flops: flopsOf(product) + finish.flops,
    emit: (writer) => code.emit(writer),
  };
}

/** One operand's way into workgroup memory. */
interface Lane {
  readonly operand: Operand;
  readonly name: "a" | "b";
  /** Whether invocations that follow each other bring terms that do, and not kept elements. */
  readonly alongTerms: boolean;
  /** Quads from one term to the next, in workgroup memory, and where they begin. */
  readonly pitch: number;
  readonly begin: number;
}

/** How quads are kept in workgroup memory. */
interface Keeping {
  /** How the places of `count` quads of operands, or of as many quads of sums, are asked for. */
  shared(operands: number, sums: number): Pick<Task, "sharedQuads" | "sharedHalves">;
  keep(at: string, quad: string): string;
  read(at: string): string;
  /** Statements that keep a quad of sums, number `at`. */
  keepSums(at: string, quad: string): string;
  /** The sum number `at`. */
  readSum(at: string): string;
}

const AS_FLOATS: Keeping = {
  shared: (operands, sums) => ({ sharedQuads: Math.max(operands, sums) }),
  keep: (at, quad) => `shared_quads[${at}] = ${quad};`,
  read: (at) => `shared_quads[${at}]`,
  keepSums: (at, quad) => `shared_quads[${at}] = ${quad};`,
  readSum: (at) => `shared_quads[(${at}) / 4u][(${at}) % 4u]`,
};

/** As words: what a driver makes of bits that are no float16, such as those of sums, need not be known. */
const AS_HALVES: Keeping = {
  shared: (operands, sums) => ({ sharedHalves: Math.max(operands, 2 * sums) }),
  keep: (at, quad) => `shared_halves[${at}] = bitcast<vec2<u32>>(vec4<f16>(${quad}));`,
  read: (at) => `vec4<f32>(bitcast<vec4<f16>>(shared_halves[${at}]))`,
  keepSums: (at, quad) =>
    [
      `shared_halves[2u * (${at})] = bitcast<vec2<u32>>(${quad}.xy);`,
      `shared_halves[2u * (${at}) + 1u] = bitcast<vec2<u32>>(${quad}.zw);`,
    ].join("\n"),
  readSum: (at) => `bitcast<f32>(shared_halves[(${at}) / 2u][(${at}) % 2u])`,
};

class TiledProduct {
  readonly shared: Pick<Task, "sharedQuads" | "sharedHalves">;
  readonly #keeping: Keeping;
  readonly #product: Product;
  readonly #plan: TiledPlan;
  readonly #finish: Finish;
  readonly #slices: number;
  readonly #lanes: readonly [Lane, Lane];
  /** Terms of a part. */
  readonly #length: number;

  constructor(product: Product, plan: TiledPlan, finish: Finish) {
    this.#product = product;
    this.#plan = plan;
    this.#finish = finish;
    const { tile, chunks } = plan;
    this.#slices = slicesOf(tile);
    this.#length = tile.terms * Math.ceil(product.k / chunks / tile.terms);
    const a = laneOf("a", product.a, tile, 0);
    const b = laneOf("b", product.b, tile, a.pitch * tile.terms);
    this.#lanes = [a, b];
    const loaded = b.begin + b.pitch * tile.terms;
    this.#keeping = product.mayHalve ? AS_HALVES : AS_FLOATS;
    this.shared = this.#keeping.shared(loaded, this.#slices === 1 ? 0 : (this.#slices * tile.size ** 2) / 4);
  }

  emit(writer: TaskWriter): string {
    const { m, n, k } = this.#product;
    const { tile, chunks } = this.#plan;
    const { size, terms } = tile;
    const perSlice = size / tile.block;
    const blockTerms = blockOf(this.#length / this.#slices);
    const everyTiles = blockTerms === undefined ? undefined : Math.ceil((blockTerms * this.#slices) / terms);
    const sums = this.#sumNames("sum");
    const totals = this.#sumNames("total");
    const fetch = this.#lanes.map((lane) => this.#fetch(writer, lane));
    return `
${splitInto("group", [
  ["batch", batchesOf(this.#product)],
  ["chunk", chunks],
  ["row_tile", Math.ceil(m / size)],
  ["column_tile", Math.ceil(n / size)],
])}
${emitBases(writer, this.#product)}
let begin = chunk * ${literal(this.#length)};
let end = ${chunks === 1 ? literal(k) : `min(${literal(k)}, begin + ${literal(this.#length)})`};
let slice = lane / ${literal(perSlice ** 2)};
let block_row = lane % ${literal(perSlice ** 2)} / ${literal(perSlice)};
let block_column = lane % ${literal(perSlice)};
${fetch.map(({ before }) => before).join("\n")}
${declare(sums)}
${everyTiles === undefined ? "" : declare(totals)}
var next_a = vec4<f32>();
var next_b = vec4<f32>();
for (var first = begin; ; first += ${literal(terms)}) {
  if (first < end) {
    ${fetch.map(({ next }) => next).join("\n    ")}
  }
  if (first > begin) {
    ${this.#multiply()}
    ${everyTiles === undefined ? "" : this.#moveSums(sums, totals, everyTiles)}
  }
  if (first >= end) { break; }
  workgroupBarrier();
  ${fetch.map(({ keep }) => keep).join("\n  ")}
  workgroupBarrier();
}
${everyTiles === undefined ? "" : sums.map((sum, i) => `${sum} += ${totals[i]!};`).join("\n")}
${this.#slices === 1 ? this.#storeBlock(writer) : this.#storeShared(writer)}`;
  }

  /** Names of the sums of a block: of each row, a quad of columns at a time. */
  #sumNames(prefix: string): string[] {
    const { block } = this.#plan.tile;
    return Array.from({ length: (block * block) / 4 }, (_, i) => `${prefix}${i}`);
  }

  /**
   * Code that brings a quad of an operand: four kept elements of one term, a quarter of the tile apart, so that invocations
   * that follow each other read elements that do.
   */
  #fetch(writer: TaskWriter, { operand, name, alongTerms, pitch, begin }: Lane) {
    const { size, terms } = this.#plan.tile;
    const kept = new Digits(`${name}_at_`);
    const quads = size / 4;
    const term = kept.let(alongTerms ? `lane % ${literal(terms)}` : `lane / ${literal(quads)}`);
    const quad = kept.let(alongTerms ? `lane / ${literal(terms)}` : `lane % ${literal(quads)}`);
    const tile = name === "a" ? "row_tile" : "column_tile";
    const first = kept.let(`${tile} * ${literal(size)} + ${quad}`);
    const places = [0, 1, 2, 3].map((i) =>
      locateKept(kept, kept.let(`${first} + ${literal(i * quads)}`), operand),
    );
    const next = new Digits(`${name}_term_`);
    const at = next.let(`first + ${term}`);
    const isThere = this.#product.k % terms === 0 ? undefined : next.let(`${at} < end`);
    const located = locateTerm(next, at, operand);
    const reader = readerOf(writer, operand, `base_${name}`);
    const values = places.map((place) => reader.read(next, place, located, isThere));
    return {
      before: kept.lines.join("\n"),
      next: [...next.lines, `next_${name} = vec4<f32>(${values.join(", ")});`].join("\n    "),
      keep: this.#keeping.keep(`${literal(begin)} + ${term} * ${literal(pitch)} + ${quad}`, `next_${name}`),
    };
  }

  /** Adds the products of the terms in workgroup memory: those of the slice. */
  #multiply(): string {
    const { block, terms, size } = this.#plan.tile;
    const [a, b] = this.#lanes;
    const blocks = size / block;
    const quads = Array.from({ length: block / 4 }, (_, i) => i);
    const share = terms / this.#slices;
    const read = ({ name, pitch, begin }: Lane, at: string) =>
      quads.map((i) => {
        const more = i === 0 ? "" : ` + ${literal(i * blocks)}`;
        const quad = this.#keeping.read(`${literal(begin)} + term * ${literal(pitch)} + ${at}${more}`);
        return `let ${name}${i} = ${quad};`;
      });
    const sums = quads.flatMap((i) =>
      ["x", "y", "z", "w"].flatMap((component, row) =>
        quads.map((j) => `sum${(4 * i + row) * quads.length + j} += a${i}.${component} * b${j};`),
      ),
    );
    return `for (var turn = 0u; turn < ${literal(share)}; turn++) {
      let term = ${this.#slices === 1 ? "turn" : `slice * ${literal(share)} + turn`};
      ${[...read(a, "block_row"), ...read(b, "block_column"), ...sums].join("\n      ")}
    }`;
  }

  #moveSums(sums: readonly string[], totals: readonly string[], everyTiles: number): string {
    const moves = sums.map((sum, i) => `${totals[i]!} += ${sum}; ${sum} = vec4<f32>();`);
    return `if ((first - begin) % ${literal(everyTiles * this.#plan.tile.terms)} == 0u) {
      ${moves.join("\n      ")}
    }`;
  }

  /** Finishes the elements of an invocation's block, in loops, so that what finishes them is written once. */
  #storeBlock(writer: TaskWriter): string {
    const { block, size } = this.#plan.tile;
    const sums = this.#sumNames("sum");
    const perRow = block / 4;
    const blocks = size / block;
    const inTile = (tile: string, at: string, index: string) =>
      `${tile} * ${literal(size)} + ${at} + ${index} / 4u * ${literal(blocks)} + ${index} % 4u * ${literal(size / 4)}`;
    const names = Array.from({ length: perRow }, (_, j) => `row_sum${j}`);
    const rotate = names.map(
      (name, j) => `${name} = vec4<f32>(${name}.yzw, ${j + 1 < perRow ? `${names[j + 1]!}.x` : "0.0"});`,
    );
    return `
for (var i = 0u; i < ${literal(block)}; i++) {
  let c_row = ${inTile("row_tile", "block_row", "i")};
  ${names.map((name, j) => `var ${name} = sum${j};`).join("\n  ")}
  ${sums.map((sum, i) => (i + perRow < sums.length ? `${sum} = ${sums[i + perRow]!};` : "")).join(" ")}
  for (var j = 0u; j < ${literal(block)}; j++) {
    let c_column = ${inTile("column_tile", "block_column", "j")};
    var value = row_sum0.x;
    ${rotate.join("\n    ")}
    ${this.#storeOne(writer)}
  }
}`;
  }

  /** Adds up the slices, each invocation some of the tile's elements, and finishes these. */
  #storeShared(writer: TaskWriter): string {
    const { size } = this.#plan.tile;
    const quads = size ** 2 / 4;
    const sums = this.#sumNames("sum");
    return `
workgroupBarrier();
${sums
  .map((sum, row) => {
    const at = `slice * ${literal(quads)} + (block_row + ${literal((row * size) / 4)}) * ${literal(size / 4)} + block_column`;
    return this.#keeping.keepSums(at, sum);
  })
  .join("\n")}
workgroupBarrier();
for (var i = lane; i < ${literal(size ** 2)}; i += ${WORKGROUP}u) {
  var value = 0.0;
  for (var part = 0u; part < ${literal(this.#slices)}; part++) {
    value += ${this.#keeping.readSum(`i + part * ${literal(4 * quads)}`)};
  }
  let c_row = row_tile * ${literal(size)} + i / ${literal(size)};
  let c_column = column_tile * ${literal(size)} + i % ${literal(size)} / 4u + i % 4u * ${literal(size / 4)};
  ${this.#storeOne(writer)}
}`;
  }

  #storeOne(writer: TaskWriter): string {
    const { m, n } = this.#product;
    const digits = new Digits("result_");
    const place = resultPlace(digits, this.#product, "c_row", "c_column");
    const sum = { row: "c_row", column: "c_column", from: "begin", to: "end" };
    return `if (c_row < ${literal(m)} && c_column < ${literal(n)}) {
      ${emitWithoutPadding(writer, this.#product, sum, "value")}
      ${digits.lines.join("\n      ")}
      let element = ${place};
      ${this.#finish.emit(writer, "element", "value")}
    }`;
  }
}

function declare(names: readonly string[]): string {
  return names.map((name) => `var ${name} = vec4<f32>();`).join("\n");
}

function laneOf(name: "a" | "b", operand: Operand, { size, terms }: Tile, begin: number): Lane {
  const alongTerms = isDense(operand.terms) && !isDense(operand.kept) && terms > 1;
  // Invocations that store quads of the same place of several terms meet in one bank without the one that pads.
  return { name, operand, alongTerms, pitch: size / 4 + (alongTerms ? 1 : 0), begin };
}
