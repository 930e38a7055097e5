/** @file Sorting rows by keys: blocks in workgroup memory, then merges of several runs at a time. */
import type { Buffer } from "../../../expr/expr.ts";
import type { Temporaries } from "../reduce/fold.ts";
import { powerOfTwo } from "../reduce/tile.ts";
import { type Task, type TaskWriter, WORKGROUP } from "../task.ts";

/** What is sorted: `rows` rows of `size` elements. Code is WGSL, of names of type u32. */
export interface SortSource {
  readonly label: string;
  readonly rows: number;
  readonly size: number;
  readonly reads: readonly Buffer[];
  /** Statements, and the key of an element: an u32, the least come first, equal ones in their order. */
  key(writer: TaskWriter, row: string, at: string): { code: string; key: string };
  /** What goes along with the key of an element: an u32. */
  payload(writer: TaskWriter, row: string, at: string): string;
}

/** An element at its place. */
interface Placed {
  readonly row: string;
  readonly position: string;
  readonly key: string;
  readonly payload: string;
}

/** What is done with sorted elements. */
export interface SortTarget {
  readonly reads: readonly Buffer[];
  readonly writes: readonly Buffer[];
  /** How many of each row are wanted, of its first ones. */
  readonly wanted: number;
  store(writer: TaskWriter, placed: Placed): string;
}

/** Elements that are sorted in workgroup memory: 8 KiB, half of what every adapter has. */
const BLOCK = 1024;
/** Runs that are merged at a time. */
const WAYS = 4;
/** Up to so many wanted elements, each block gives only these to the next. */
const FEW_WANTED = BLOCK / 4;

/** The tasks that sort rows. */
export function sortTasks(source: SortSource, target: SortTarget, temporaries: Temporaries): Task[] {
  const { rows, size, label } = source;
  if (size <= BLOCK) return [blockTask(source, target, target.wanted)];
  const isSelection = target.wanted <= FEW_WANTED;
  const kept = isSelection ? target.wanted : BLOCK;
  const blocks = Math.ceil(size / BLOCK);
  const left = (blocks - 1) * kept + Math.min(kept, size - (blocks - 1) * BLOCK);
  const runs = new Runs(rows, left, temporaries);
  const first = blockTask(source, runs.target(kept), kept);
  if (isSelection) return [first, ...sortTasks(runs.source(label), target, temporaries)];
  return [first, ...mergeTasks(label, runs, BLOCK, target, temporaries)];
}

/** Keys and payloads of rows in buffers. */
class Runs {
  readonly rows: number;
  readonly size: number;
  readonly buffers: readonly [keys: Buffer, payloads: Buffer];

  constructor(rows: number, size: number, temporaries: Temporaries) {
    this.rows = rows;
    this.size = size;
    this.buffers = [temporaries(rows * size), temporaries(rows * size)];
  }

  key(writer: TaskWriter, row: string, at: string): string {
    return `heap[${writer.placeOf(this.buffers[0])} + ${row} * ${this.size}u + ${at}]`;
  }

  payload(writer: TaskWriter, row: string, at: string): string {
    return `heap[${writer.placeOf(this.buffers[1])} + ${row} * ${this.size}u + ${at}]`;
  }

  /** Of blocks, of which each gives `kept`. */
  target(kept: number): SortTarget {
    return {
      reads: [],
      writes: this.buffers,
      wanted: kept,
      store: (writer, { row, position, key, payload }) => `
${this.key(writer, row, position)} = ${key};
${this.payload(writer, row, position)} = ${payload};`,
    };
  }

  source(label: string): SortSource {
    return {
      label,
      rows: this.rows,
      size: this.size,
      reads: this.buffers,
      key: (writer, row, at) => ({ code: "", key: this.key(writer, row, at) }),
      payload: (writer, row, at) => this.payload(writer, row, at),
    };
  }
}

/** Sorts blocks of rows, of which each stores its first `kept` elements. Several short rows share a workgroup. */
function blockTask(source: SortSource, target: SortTarget, kept: number): Task {
  const { rows, size, label, reads } = source;
  const block = Math.min(BLOCK, powerOfTwo(size));
  const blocks = Math.ceil(size / block);
  const all = blocks > 1 ? block : Math.min(BLOCK, block * powerOfTwo(rows));
  const together = all / block;
  const groups = blocks > 1 ? rows * blocks : Math.ceil(rows / together);
  const steps = (Math.log2(block) * (Math.log2(block) + 1)) / 2;
  return {
    label: `${label}, blocks`,
    reads: [...new Set([...reads, ...target.reads])],
    writes: target.writes,
    groups,
    sharedWords: 2 * all,
    flops: groups * all * (steps + 1),
    emit(writer) {
      const { code, key } = source.key(writer, "row", "at");
      const payload = source.payload(writer, "row", "origin");
      // All blocks before the last one give as many.
      const placed = { row: "row", position: `block * ${kept}u + slot`, key: "key", payload: "payload" };
      return `
let block = ${blocks > 1 ? `group % ${blocks}u` : "0u"};
let firstRow = ${blocks > 1 ? `group / ${blocks}u` : `group * ${together}u`};
let count = min(${size}u - block * ${block}u, ${block}u);
for (var i = lane; i < ${all}u; i += ${WORKGROUP}u) {
  let row = firstRow + i / ${block}u;
  let slot = i % ${block}u;
  var sortKey = 0xffffffffu;
  if (row < ${rows}u && slot < count) {
    let at = block * ${block}u + slot;
    ${code}
    sortKey = ${key};
  }
  shared_words[i] = sortKey;
  shared_words[${all}u + i] = slot;
}
for (var span = 2u; span <= ${block}u; span <<= 1u) {
  for (var apart = span >> 1u; apart > 0u; apart >>= 1u) {
    workgroupBarrier();
    for (var pair = lane; pair < ${Math.floor(all / 2)}u; pair += ${WORKGROUP}u) {
      let low = pair / apart * 2u * apart + pair % apart;
      let high = low + apart;
      let lowKey = shared_words[low];
      let highKey = shared_words[high];
      let lowSlot = shared_words[${all}u + low];
      let highSlot = shared_words[${all}u + high];
      let isAfter = lowKey > highKey || (lowKey == highKey && lowSlot > highSlot);
      if (isAfter == (((low % ${block}u) & span) == 0u)) {
        shared_words[low] = highKey;
        shared_words[high] = lowKey;
        shared_words[${all}u + low] = highSlot;
        shared_words[${all}u + high] = lowSlot;
      }
    }
  }
}
workgroupBarrier();
for (var i = lane; i < ${all}u; i += ${WORKGROUP}u) {
  let row = firstRow + i / ${block}u;
  let slot = i % ${block}u;
  if (row < ${rows}u && slot < min(count, ${kept}u)) {
    let key = shared_words[i];
    let origin = block * ${block}u + shared_words[${all}u + i];
    let payload = ${payload};
    ${target.store(writer, placed)}
  }
}`;
    },
  };
}

/** Merges runs of `length` until there is one, which goes to `target`. */
function mergeTasks(
  label: string,
  runs: Runs,
  length: number,
  target: SortTarget,
  temporaries: Temporaries,
): Task[] {
  const isLast = length * WAYS >= runs.size;
  if (isLast) return [mergeTask(label, runs, length, target)];
  const merged = new Runs(runs.rows, runs.size, temporaries);
  return [
    mergeTask(label, runs, length, merged.target(runs.size)),
    ...mergeTasks(label, merged, length * WAYS, target, temporaries),
  ];
}

/** Each element looks for its place: as many before it as are less in the other runs. */
function mergeTask(label: string, runs: Runs, length: number, target: SortTarget): Task {
  const { rows, size } = runs;
  const all = rows * size;
  const wanted = target.wanted < size ? `if (position < ${target.wanted}u)` : "";
  return {
    label: `${label}, runs of ${length}`,
    reads: [...new Set([...runs.buffers, ...target.reads])],
    writes: target.writes,
    groups: Math.ceil(all / WORKGROUP),
    sharedWords: 0,
    flops: all * (WAYS - 1) * Math.ceil(Math.log2(length)),
    emit: (writer) => `
let i = group * ${WORKGROUP}u + lane;
if (i < ${all}u) {
  let row = i / ${size}u;
  let at = i % ${size}u;
  let key = ${runs.key(writer, "row", "at")};
  let payload = ${runs.payload(writer, "row", "at")};
  let run = at / ${length}u;
  let firstRun = run / ${WAYS}u * ${WAYS}u;
  var position = firstRun * ${length}u + at % ${length}u;
  for (var other = firstRun; other < firstRun + ${WAYS}u; other++) {
    let begin = other * ${length}u;
    if (other != run && begin < ${size}u) {
      var low = begin;
      var high = min(begin + ${length}u, ${size}u);
      while (low < high) {
        let middle = (low + high) / 2u;
        let middleKey = ${runs.key(writer, "row", "middle")};
        if (middleKey < key || (middleKey == key && other < run)) { low = middle + 1u; } else { high = middle; }
      }
      position += low - begin;
    }
  }
  ${wanted} {
    ${target.store(writer, { row: "row", position: "position", key: "key", payload: "payload" })}
  }
}`,
  };
}
