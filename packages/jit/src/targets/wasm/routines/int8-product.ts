/** @file Products of few rows of floats with packed int8, which are read once, as they lie in memory. */
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { Local } from "../assembler/types.ts";
import type { Int8ProductSpec } from "../../../steps/specs/int8.ts";
import { ELEMENT, VECTOR } from "./lanes.ts";
import type { Routine } from "./routine.ts";

/** Bytes of a word. */
const BYTES = 4;
/** Rows of words that are read beside each other: with their factors they stay in registers. */
const ROWS = 4;
/** Terms after which a sum goes to the result: so it loses no more digits than a product of floats. */
const TERMS = 256;
/** The most bytes of a row that a unit reads one after the other, and how many units there should be. */
const MOST_BYTES = 512;
const UNITS = 8;

/** `fn(x, words, y, scratch, begin, end)`. A unit is a block of words of each row, and all rows of `x`. */
export function emitInt8Product(module: ModuleBuilder, { m, k, width }: Int8ProductSpec): Routine {
  const f = module.function(`int8 product ${m}x${k}`, {
    params: ["i32", "i32", "i32", "i32", "i32", "i32"],
    results: [],
  });
  const rowBytes = width * ELEMENT;
  const even = Math.ceil(rowBytes / UNITS / VECTOR) * VECTOR;
  const block = Math.min(MOST_BYTES, Math.max(even, VECTOR * 4), rowBytes);
  const units = Math.ceil(rowBytes / block);
  const [x, words, y, scratch, begin, end] = f.params as unknown as Six;
  const [unit, bytes, term, row, factors, from] = f.locals("i32", 6) as unknown as Six;
  const [last, result] = f.locals("i32", 2) as [Local, Local];
  const product = new Terms(f, { rowBytes, block, scratch, bytes });
  f.forRange(unit, begin, end, 1, () => {
    f.i32(rowBytes).get(unit).i32(block).op("i32.mul").op("i32.sub").set(bytes);
    f.i32(block).get(bytes).get(bytes).i32(block).op("i32.gt_u").op("select").set(bytes);
    f.get(y).get(unit).i32(block).op("i32.mul").op("i32.add").set(result);
    eachRow(f, { m, row, result, rowBytes }, () => {
      eachRun(rowBytes, (run) => {
        f.get(result).i32(run).op("i32.add").i32(0).get(bytes).fillMemory();
      });
    });
    // Rows of `x` are inside of blocks of terms, whose words then stay in a cache.
    f.forRange(term, 0, k, TERMS, () => {
      f.get(y).get(unit).i32(block).op("i32.mul").op("i32.add").set(result);
      f.i32(k).get(term).i32(TERMS).op("i32.add").tee(last).get(last).i32(k).op("i32.gt_u").op("select");
      f.get(term).op("i32.sub").set(last);
      eachRow(f, { m, row, result, rowBytes }, () => {
        f.get(scratch).i32(0).i32(BYTES * block).fillMemory(); // prettier-ignore
        f.get(row).i32(k).op("i32.mul").get(term).op("i32.add").i32(ELEMENT).op("i32.mul");
        f.get(x).op("i32.add").set(factors);
        f.get(term).i32(rowBytes).op("i32.mul").get(unit).i32(block).op("i32.mul").op("i32.add");
        f.get(words).op("i32.add").set(from);
        product.emit(factors, from, last);
        product.addTo(result);
      });
    });
  });
  return { fn: f.ref, units, scratchBytes: BYTES * block, flops: 2 * m * k * BYTES * width };
}

/** `body` for each of `m` rows, with `result` at the row. */
function eachRow(
  f: FunctionBuilder,
  { m, row, result, rowBytes }: { m: number; row: Local; result: Local; rowBytes: number },
  body: () => void,
): void {
  f.forRange(row, 0, m, 1, () => {
    body();
    f.get(result)
      .i32(BYTES * rowBytes)
      .op("i32.add")
      .set(result);
  });
}

/** `visit` with where each byte's columns begin in a row of the result. */
function eachRun(runBytes: number, visit: (offset: number, byte: number) => void): void {
  for (let byte = 0; byte < BYTES; byte++) visit(byte * runBytes, byte);
}

interface Place {
  /** Of words from one row to the next, and of a run of the result. */
  readonly rowBytes: number;
  /** Of a run of the sums. */
  readonly block: number;
  readonly scratch: Local;
  /** How many of a row are multiplied. */
  readonly bytes: Local;
}

/** Adds terms to the sums of a block of columns, which are in scratch. */
class Terms {
  private readonly f: FunctionBuilder;
  private readonly place: Place;
  private readonly splats: readonly Local[];
  private readonly quads: readonly Local[];
  private readonly at: Local;
  private readonly to: Local;
  private readonly end: Local;

  constructor(f: FunctionBuilder, place: Place) {
    this.f = f;
    this.place = place;
    this.splats = f.locals("v128", ROWS);
    this.quads = f.locals("v128", ROWS);
    [this.at, this.to, this.end] = f.locals("i32", 3) as [Local, Local, Local];
  }

  /** `count` terms, from those at `factors` and `words` on; changes all three. */
  emit(factors: Local, words: Local, count: Local): void {
    const { f } = this;
    const left = f.local("i32");
    f.get(count).set(left);
    for (const rows of [ROWS, 1]) {
      f.block((done) => {
        f.loop((again) => {
          f.get(left).i32(rows).op("i32.lt_u").brIf(done);
          this.rows(rows, factors, words);
          f.get(left).i32(rows).op("i32.sub").set(left).br(again);
        });
      });
    }
    f.free(left);
  }

  /** Adds the sums to the runs of the result. */
  addTo(result: Local): void {
    const { f, to, end, at } = this;
    const { rowBytes, block, scratch, bytes } = this.place;
    f.get(result).set(to);
    f.get(scratch).set(at);
    f.get(scratch).get(bytes).op("i32.add").set(end);
    f.loop((again) => {
      eachRun(rowBytes, (run, byte) => {
        f.get(to).get(to).memory("v128.load", run);
        f.get(at)
          .memory("v128.load", byte * block)
          .op("f32x4.add")
          .memory("v128.store", run);
      });
      f.get(to).i32(VECTOR).op("i32.add").set(to);
      f.get(at).i32(VECTOR).op("i32.add").tee(at).get(end).op("i32.lt_u").brIf(again);
    });
  }

  private rows(count: number, factors: Local, words: Local): void {
    const { f, at, to, end } = this;
    const { rowBytes, block, scratch, bytes } = this.place;
    for (let row = 0; row < count; row++) {
      f.get(factors)
        .memory("v128.load32_splat", row * ELEMENT)
        .set(this.splats[row]!);
    }
    f.get(words).tee(at).get(bytes).op("i32.add").set(end);
    f.get(scratch).set(to);
    f.loop((again) => {
      for (let row = 0; row < count; row++) {
        f.get(at)
          .memory("v128.load", row * rowBytes)
          .set(this.quads[row]!);
      }
      eachRun(block, (run, byte) => {
        f.get(to).get(to).memory("v128.load", run);
        for (let row = 0; row < count; row++) {
          f.get(this.quads[row]!);
          if (byte < BYTES - 1) f.i32(24 - 8 * byte).op("i32x4.shl");
          f.i32(24).op("i32x4.shr_s").op("f32x4.convert_i32x4_s");
          f.get(this.splats[row]!).op("f32x4.mul").op("f32x4.add");
        }
        f.memory("v128.store", run);
      });
      f.get(to).i32(VECTOR).op("i32.add").set(to);
      f.get(at).i32(VECTOR).op("i32.add").tee(at).get(end).op("i32.lt_u").brIf(again);
    });
    f.get(factors)
      .i32(count * ELEMENT)
      .op("i32.add")
      .set(factors);
    f.get(words)
      .i32(count * rowBytes)
      .op("i32.add")
      .set(words);
  }
}

type Six = readonly [Local, Local, Local, Local, Local, Local];
