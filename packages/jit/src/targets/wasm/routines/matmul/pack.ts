/** @file Copies parts of matrices to where the inner loop reads them in order. */
import type { FunctionBuilder } from "../../assembler/function-builder.ts";
import type { ModuleBuilder } from "../../assembler/module-builder.ts";
import type { FunctionRef, Local, Times } from "../../assembler/types.ts";
import { ELEMENT, loadLanes, transpose4, VECTOR } from "../lanes.ts";

/** A strip of a matrix: `count` lines of `width` elements each, with the elements between neighbours. */
export interface Strip {
  readonly count: number;
  readonly width: number;
  /** From one line to the next. */
  readonly line: number;
  /** From one element of a line to the next. */
  readonly element: number;
  /** Elements from one written line to the next, if these are more than whole vectors need. */
  readonly apart?: number | undefined;
  /** How many strips of neighbours, one written after the other, are packed line by line; 1 unless given. */
  readonly strips?: number | undefined;
}

/**
 * `pack(from, to)` writes the lines of the strip one after the other, each padded with zeros to whole vectors.
 *
 * The strip of B is `[k, columns]`, that of A `[k, rows]`: what the inner loop reads in one step is a line.
 */
export function packer(module: ModuleBuilder, strip: Strip): FunctionRef {
  const { count, width, line, element, apart, strips } = strip;
  return module.once(`pack ${count} ${width} ${line} ${element} ${apart} ${strips}`, () => {
    const pack = module.procedure("pack", 2);
    if (element !== 1 && line === 1) packTransposed(pack, strip);
    else packLines(pack, strip);
    return pack.ref;
  });
}

/** `pack(from, to)`. */
type Pack = FunctionBuilder<Times<"i32", 2>>;

/** Elements that a packed line takes. */
export function packedWidth(width: number): number {
  return Math.ceil(width / 4) * 4;
}

function packLines(f: Pack, strip: Strip): void {
  const { count, width, line, element, apart = packedWidth(width), strips = 1 } = strip;
  const [from, to] = f.params;
  const vector = f.local("v128");
  f.repeat(count, () => {
    for (let i = 0; i < strips; i++) {
      for (let at = 0; at < width; at += 4) {
        const lanes = Math.min(4, width - at);
        const first = (i * width + at) * element;
        f.get(to);
        if (element === 1) loadLanes(f, from, first * ELEMENT, lanes);
        else gatherLanes(f, from, first * ELEMENT, element * ELEMENT, lanes, vector);
        f.memory("v128.store", (i * count * apart + at) * ELEMENT);
      }
    }
    f.increase(from, line * ELEMENT);
    f.increase(to, apart * ELEMENT);
  });
}

/** Lanes that are `bytes` apart. → v128 */
function gatherLanes(
  f: FunctionBuilder,
  address: Local,
  offset: number,
  bytes: number,
  lanes: number,
  vector: Local,
): void {
  f.get(address).memory("v128.load32_zero", offset).set(vector);
  for (let lane = 1; lane < lanes; lane++) {
    f.get(address)
      .get(vector)
      .memoryLane("v128.load32_lane", lane, offset + lane * bytes)
      .set(vector);
  }
  f.get(vector);
}

/** Lines whose elements are apart, but which are neighbours themselves: blocks of 4 by 4 are transposed. */
function packTransposed(f: Pack, strip: Strip): void {
  const { count, width, element, apart = packedWidth(width) } = strip;
  const [from, to] = f.params;
  const [source, target] = f.locals("i32", 2);
  const lineBytes = apart * ELEMENT;
  for (let at = 0; at < width; at += 4) {
    const lanes = Math.min(4, width - at);
    f.get(from)
      .plus(at * element * ELEMENT)
      .set(source);
    f.get(to)
      .plus(at * ELEMENT)
      .set(target);
    f.repeat(Math.floor(count / 4), () => {
      transposeBlock(f, source, element * ELEMENT, lanes, target, lineBytes);
      f.increase(source, VECTOR);
      f.increase(target, 4 * lineBytes);
    });
    const vector = f.local("v128");
    for (let rest = 0; rest < count % 4; rest++) {
      f.get(target);
      gatherLanes(f, source, rest * ELEMENT, element * ELEMENT, lanes, vector);
      f.memory("v128.store", rest * lineBytes);
    }
    f.free(vector);
  }
}

/** Writes the transposed block of up to 4 vectors that are `apart` bytes apart to 4 lines. */
function transposeBlock(
  f: FunctionBuilder,
  source: Local,
  apart: number,
  lanes: number,
  target: Local,
  lineBytes: number,
): void {
  const rows = f.locals("v128", 4);
  rows.forEach((row, r) => {
    if (r < lanes)
      f.get(source)
        .memory("v128.load", r * apart)
        .set(row);
    else f.f32x4(0).set(row);
  });
  transpose4(f, rows);
  rows.forEach((row, r) =>
    f
      .get(target)
      .get(row)
      .memory("v128.store", r * lineBytes),
  );
  f.free(...rows);
}
