/** @file Products whose terms are shared among workgroups: each part's sums, then the sums of these, in a fixed order. */
import type { Buffer } from "../../../expr/expr.ts";
import { type Task, WORKGROUP } from "../task.ts";
import { literal } from "./code.ts";
import { type Finish, finishOf, type Result } from "./result.ts";

/** Writes partial results where they wait for the others: those of part number `chunk`. */
export function partial(scratch: Buffer, size: number): Finish {
  return {
    reads: [],
    writes: [scratch],
    flops: 0,
    emit: (writer, element, value) =>
      `heap[${writer.placeOf(scratch)} + chunk * ${literal(size)} + ${element}] = bitcast<u32>(${value});`,
  };
}

/** Sums `chunks` parts of `size` results each. */
export function sumOfChunks(label: string, scratch: Buffer, chunks: number, result: Result): Task {
  const finish = finishOf(result);
  const { size } = result.buffer;
  return {
    label,
    reads: [scratch, ...finish.reads],
    writes: finish.writes,
    groups: Math.ceil(size / WORKGROUP),
    sharedWords: 0,
    flops: (chunks - 1) * size + finish.flops,
    emit: (writer) => `
let element = group * ${WORKGROUP}u + lane;
if (element >= ${literal(size)}) { return; }
let parts = ${writer.placeOf(scratch)} + element;
var value = 0.0;
for (var first = 0u; first < ${literal(chunks)}; first += 16u) {
  var sum = 0.0;
  for (var chunk = first; chunk < min(first + 16u, ${literal(chunks)}); chunk++) {
    sum += bitcast<f32>(heap[parts + chunk * ${literal(size)}]);
  }
  value += sum;
}
${finish.emit(writer, "element", "value")}`,
  };
}
