/** @file Sums and products of all elements up to each. */
import type { Buffer } from "../../../expr/expr.ts";
import type { CumulativeSpec } from "../../../steps/specs/ordering.ts";
import type { Temporaries } from "../reduce/fold.ts";
import { levelsOf } from "../reduce/levels.ts";
import type { State } from "../reduce/state.ts";
import { together } from "../reduce/together.ts";
import { type Task, type TaskWriter, WORKGROUP } from "../task.ts";

/** Elements of an invocation, one after the other. */
const OWN = 8;
/** Elements that a workgroup works on at a time. */
const BLOCK = OWN * WORKGROUP;
/** Up to so many of these a workgroup takes one after the other. */
const FEW_BLOCKS = 8;
/** Up to so many elements an invocation goes over a line alone. */
const SHORT = 32;
/** With so many lines it also goes over longer ones. */
const MANY_LINES = 16_384;
const LONGER = 512;

/** Operands: the elements `[outer, size, inner]`, the result. */
export function cumulative(
  spec: CumulativeSpec,
  [x, y]: readonly [Buffer, Buffer],
  temporaries: Temporaries,
): Task[] {
  const { outer, size, inner } = spec;
  const lines = outer * inner;
  if (size <= SHORT || (lines >= MANY_LINES && size <= LONGER)) return [serial(spec, x, y)];
  const blocks = Math.ceil(size / BLOCK);
  if (blocks <= FEW_BLOCKS) return [scan(spec, x, y, { blocks: 1, carries: undefined })];
  // Of each block what it comes to, then what has come before each, then all elements.
  const [totals, carries] = [temporaries(lines * blocks), temporaries(lines * blocks)];
  const ofBlocks = { ...spec, outer: lines, size: blocks, inner: 1, exclusive: true, reverse: false };
  return [
    blockTotals(spec, x, totals, blocks),
    ...cumulative(ofBlocks, [totals, carries], temporaries),
    scan(spec, x, y, { blocks, carries }),
  ];
}

/** The sum or product of a block, and code for it. */
function operationOf({ operation, lane }: CumulativeSpec): {
  state: State;
  put: (into: string, term: string) => string;
} {
  const number = operation === "sum" ? "0" : "1";
  const state: State = {
    type: lane,
    neutral: lane === "f32" ? `${number}.0` : `${number}i`,
    isSum: lane === "f32" && operation === "sum",
  };
  return { state, put: (into, term) => `${into} ${operation === "sum" ? "+" : "*"}= ${term};` };
}

/** Where the elements of a line lie: `line` and `at`, the number in the order of the scan, are names. */
function placeIn({ size, inner, reverse }: CumulativeSpec, line: string, at: string): string {
  const position = reverse ? `(${size - 1}u - ${at})` : at;
  return `(${line} / ${inner}u * ${size}u + ${position}) * ${inner}u + ${line} % ${inner}u`;
}

/** An invocation for each line. */
function serial(spec: CumulativeSpec, x: Buffer, y: Buffer): Task {
  const { outer, size, inner, lane, exclusive } = spec;
  const lines = outer * inner;
  const { state, put } = operationOf(spec);
  return {
    label: labelOf(spec),
    reads: [x],
    writes: [y],
    groups: Math.ceil(lines / WORKGROUP),
    sharedWords: 0,
    flops: lines * size,
    emit(writer) {
      const levels = levelsOf(writer, [state], ["total"], size);
      // All that was added up, of which the sums of the last few terms are apart.
      const total = ["total", ...levels.names].join(" + ");
      const store = `heap[${writer.placeOf(y)} + place] = bitcast<u32>(${total});`;
      const take = put("total", `bitcast<${lane}>(word)`);
      return `
let line = group * ${WORKGROUP}u + lane;
if (line < ${lines}u) {
  var total = ${state.neutral};
  ${levels.declare}
  for (var at = 0u; at < ${size}u; at++) {
    let place = ${placeIn(spec, "line", "at")};
    let word = heap[${writer.placeOf(x)} + place];
    ${exclusive ? store : take}
    ${exclusive ? take : store}
    ${levels.turn}
  }
}`;
    },
  };
}

/** What each block of each line comes to: `[lines, blocks]`. */
function blockTotals(spec: CumulativeSpec, x: Buffer, totals: Buffer, blocks: number): Task {
  const { size } = spec;
  const { state, put } = operationOf(spec);
  const merging = {
    states: [state],
    direction: "rows",
    merge: ([into]: readonly string[], [other]: readonly string[]) => put(into!, other!),
  } as const;
  return {
    label: `${labelOf(spec)}, blocks`,
    reads: [x],
    writes: [totals],
    groups: totals.size,
    sharedWords: WORKGROUP,
    flops: totals.size * BLOCK,
    emit: (writer) => `
let line = group / ${blocks}u;
let begin = group % ${blocks}u * ${BLOCK}u;
let end = min(begin + ${BLOCK}u, ${size}u);
${ownTotal(writer, spec, x)}
let helper = lane;
${together(writer, merging, { across: 1, along: WORKGROUP }, ["total"])}
if (lane == 0u) { heap[${writer.placeOf(totals)} + group] = bitcast<u32>(total); }`,
  };
}

/** Sets `total` to what the invocation's elements of the block from `begin` to `end` come to. */
function ownTotal(writer: TaskWriter, spec: CumulativeSpec, x: Buffer): string {
  const { state, put } = operationOf(spec);
  return `
let first = begin + lane * ${OWN}u;
let last = min(first + ${OWN}u, end);
var total = ${state.neutral};
for (var at = first; at < last; at++) {
  let place = ${placeIn(spec, "line", "at")};
  ${put("total", `bitcast<${state.type}>(heap[${writer.placeOf(x)} + place])`)}
}`;
}

/** How lines are divided among workgroups. */
interface Division {
  /** Workgroups of a line. */
  readonly blocks: number;
  /** What has come before the block of each, `[lines, blocks]`; undefined where one takes the whole line. */
  readonly carries: Buffer | undefined;
}

/** A workgroup for each line, or for each block of one. */
function scan(spec: CumulativeSpec, x: Buffer, y: Buffer, { blocks, carries }: Division): Task {
  const { outer, size, inner, exclusive } = spec;
  const lines = outer * inner;
  const { state, put } = operationOf(spec);
  const isWhole = carries === undefined;
  return {
    label: labelOf(spec),
    reads: carries ? [x, carries] : [x],
    writes: [y],
    groups: lines * blocks,
    sharedWords: 2 * WORKGROUP,
    flops: 2 * lines * size,
    emit(writer) {
      const carry = carries
        ? `bitcast<${state.type}>(heap[${writer.placeOf(carries)} + group])`
        : state.neutral;
      const take = put("total", `bitcast<${state.type}>(word)`);
      const store = `heap[${writer.placeOf(y)} + place] = bitcast<u32>(total);`;
      return `
let line = group / ${blocks}u;
var carry = ${carry};
var begin = group % ${blocks}u * ${BLOCK}u;
let stop = ${isWhole ? `${size}u` : `min(begin + ${BLOCK}u, ${size}u)`};
for (; begin < stop; begin += ${BLOCK}u) {
  let end = min(begin + ${BLOCK}u, stop);
  ${ownTotal(writer, spec, x)}
  shared_words[lane] = bitcast<u32>(total);
  workgroupBarrier();
  var side = 0u;
  for (var apart = 1u; apart < ${WORKGROUP}u; apart <<= 1u) {
    var sum = bitcast<${state.type}>(shared_words[side + lane]);
    if (lane >= apart) { ${put("sum", `bitcast<${state.type}>(shared_words[side + lane - apart])`)} }
    side = ${WORKGROUP}u - side;
    shared_words[side + lane] = bitcast<u32>(sum);
    workgroupBarrier();
  }
  total = carry;
  if (lane > 0u) { ${put("total", `bitcast<${state.type}>(shared_words[side + lane - 1u])`)} }
  for (var at = first; at < last; at++) {
    let place = ${placeIn(spec, "line", "at")};
    let word = heap[${writer.placeOf(x)} + place];
    ${exclusive ? store : take}
    ${exclusive ? take : store}
  }
  ${put("carry", `bitcast<${state.type}>(shared_words[side + ${WORKGROUP - 1}u])`)}
  workgroupBarrier();
}`;
    },
  };
}

function labelOf({ outer, size, inner, operation }: CumulativeSpec): string {
  return `cumulative ${operation} ${outer * inner}x${size}`;
}
