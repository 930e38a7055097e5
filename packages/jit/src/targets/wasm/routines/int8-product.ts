/** @file Products of few rows of floats with packed int8, which are read once, as they lie in memory. */
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { Local } from "../assembler/types.ts";
import type { Int8ProductSpec } from "../../../steps/specs/int8.ts";
import { ELEMENT, transpose4, VECTOR } from "./lanes.ts";
import { multiplyAdd } from "./matmul/tile.ts";
import type { Routine } from "./routine.ts";

/** Bytes of a word. */
const BYTES = 4;
/** Rows of words that are read beside each other, and the rows of `x` that share what is made of them. */
const ROWS = 4;
const TOGETHER = 2;
/** Terms after which a sum goes to the result: so it loses no more digits than a product of floats. */
const TERMS = 256;
/** The most bytes of a row that a unit reads one after the other: their sums stay in the first-level cache. */
const MOST_BYTES = 4096;
/** How many units there should be. */
const UNITS = 8;

/** `fn(x, words, y, scratch, begin, end)`. A unit is a block of words of each row of a part, and all rows of `x`. */
export function emitInt8Product(module: ModuleBuilder, { m, k, width, parts }: Int8ProductSpec): Routine {
  const f = module.procedure(`int8 product ${m}x${k}`, 6);
  const rowBytes = width * ELEMENT;
  const even = Math.ceil((rowBytes * parts) / UNITS / VECTOR) * VECTOR;
  const block = Math.min(MOST_BYTES, Math.max(even, VECTOR * 4), rowBytes);
  const blocks = Math.ceil(rowBytes / block);
  const [x, words, y, scratch, begin, end] = f.params;
  const [unit, bytes, term, row, factors, from] = f.locals("i32", 6);
  const [last, result, part, column] = f.locals("i32", 4);
  const product = new Terms(f, { rowBytes, block, scratch, bytes, factorBytes: parts * k * ELEMENT });
  const firstResult = () => {
    f.get(part).i32(m).op("i32.mul").plus(row);
    f.i32(BYTES * rowBytes)
      .op("i32.mul")
      .plus(column);
    f.plus(y).set(result);
  };
  /** `body` for as many rows of `x` at a time as share what is made of words. */
  const eachRow = (body: (rows: number) => void) => {
    const whole = m - (m % TOGETHER);
    f.forRange(row, 0, whole, TOGETHER, () => body(TOGETHER));
    for (let rest = whole; rest < m; rest++) {
      f.i32(rest).set(row);
      body(1);
    }
  };
  f.forRange(unit, begin, end, 1, () => {
    f.get(unit).i32(blocks).op("i32.rem_u").i32(block).op("i32.mul").set(column);
    f.get(unit).i32(blocks).op("i32.div_u").set(part);
    f.i32(rowBytes).get(column).op("i32.sub").set(bytes);
    f.i32(block).get(bytes).get(bytes).i32(block).op("i32.gt_u").op("select").set(bytes);
    f.forRange(row, 0, m, 1, () => {
      firstResult();
      eachRun(rowBytes, (run) => {
        f.get(result).plus(run).i32(0).get(bytes).fillMemory();
      });
    });
    // Rows of `x` are inside of blocks of terms, whose words then stay in a cache.
    f.forRange(term, 0, k, TERMS, () => {
      f.i32(k).get(term).plus(TERMS).tee(last).get(last).i32(k).op("i32.gt_u").op("select");
      f.get(term).op("i32.sub").set(last);
      eachRow((rows) => {
        f.get(scratch).i32(0).i32(rows * BYTES * block).fillMemory(); // prettier-ignore
        f.get(row).i32(parts).op("i32.mul").plus(part).i32(k).op("i32.mul");
        f.plus(term).i32(ELEMENT).op("i32.mul").plus(x).set(factors);
        f.get(part).i32(k).op("i32.mul").plus(term).i32(rowBytes).op("i32.mul");
        f.plus(column).plus(words).set(from);
        product.emit(rows, factors, from, last);
        firstResult();
        product.addTo(rows, result);
      });
    });
  });
  return {
    fn: f.ref,
    units: blocks * parts,
    scratchBytes: TOGETHER * BYTES * block,
    flops: 2 * m * parts * k * BYTES * width,
  };
}

/** `visit` with where each byte's columns begin in a row of the result. */
function eachRun(runBytes: number, visit: (offset: number, byte: number) => void): void {
  for (let byte = 0; byte < BYTES; byte++) visit(byte * runBytes, byte);
}

interface Place {
  /** Of words from one row to the next, and of a run of the result. */
  readonly rowBytes: number;
  /** Of words of a row of a unit, at most. */
  readonly block: number;
  /** From one row of `x` to the next. */
  readonly factorBytes: number;
  readonly scratch: Local;
  /** How many of a row are multiplied. */
  readonly bytes: Local;
}

/** What a byte is multiplied by as the highest of a word, and what factors are divided by for it. */
const HIGHEST = 2 ** 24;

/**
 * Adds terms to the sums of a block of columns, which are in scratch: those of the bytes of one word are one vector.
 *
 * A byte above three bytes of zeros is a word, whose conversion to float is exact. Putting bytes there takes two
 * interleavings for each two words, fewer instructions than shifting each with its sign.
 */
class Terms {
  readonly #f: FunctionBuilder;
  readonly #place: Place;
  readonly #at: Local;
  readonly #to: Local;
  readonly #end: Local;

  constructor(f: FunctionBuilder, place: Place) {
    this.#f = f;
    this.#place = place;
    [this.#at, this.#to, this.#end] = f.locals("i32", 3);
  }

  /** `count` terms of `rows` rows of `x`, from those at `factors` and `words` on; changes these two. */
  emit(rows: number, factors: Local, words: Local, count: Local): void {
    const f = this.#f;
    const left = f.local("i32");
    f.get(count).set(left);
    for (const terms of [ROWS, 1]) {
      f.block((done) => {
        f.loop((again) => {
          f.get(left).i32(terms).op("i32.lt_u").brIf(done);
          this.#terms(terms, rows, factors, words);
          f.get(left).i32(terms).op("i32.sub").set(left).br(again);
        });
      });
    }
    f.free(left);
  }

  /** Adds the sums to the runs of the result. */
  addTo(rows: number, result: Local): void {
    const f = this.#f;
    const to = this.#to;
    const end = this.#end;
    const at = this.#at;
    const { rowBytes, block, scratch, bytes } = this.#place;
    const sums = f.locals("v128", BYTES);
    for (let row = 0; row < rows; row++) {
      f.get(result)
        .plus(row * BYTES * rowBytes)
        .set(to);
      f.get(scratch)
        .plus(row * BYTES * block)
        .set(at);
      f.get(to).plus(bytes).set(end);
      f.loop((again) => {
        sums.forEach((sum, word) =>
          f
            .get(at)
            .memory("v128.load", word * VECTOR)
            .set(sum),
        );
        transpose4(f, sums);
        eachRun(rowBytes, (run, byte) => {
          f.get(to).get(to).memory("v128.load", run);
          f.get(sums[byte]!).op("f32x4.add").memory("v128.store", run);
        });
        f.increase(at, BYTES * VECTOR);
        f.get(to).plus(VECTOR).tee(to).get(end).op("i32.lt_u").brIf(again);
      });
    }
    f.free(...sums);
  }

  /** `count` terms of `rows` rows. */
  #terms(count: number, rows: number, factors: Local, words: Local): void {
    const f = this.#f;
    const at = this.#at;
    const to = this.#to;
    const end = this.#end;
    const { rowBytes, block, factorBytes, scratch, bytes } = this.#place;
    const splats = f.locals("v128", count * rows);
    splats.forEach((splat, i) => {
      const offset = (i % count) * ELEMENT + Math.floor(i / count) * factorBytes;
      f.get(factors).memory("v128.load32_splat", offset);
      f.f32x4(1 / HIGHEST)
        .op("f32x4.mul")
        .set(splat);
    });
    const sums = f.locals("v128", BYTES * rows);
    const sumOffset = (i: number) => Math.floor(i / BYTES) * BYTES * block + (i % BYTES) * VECTOR;
    const [zero, quad, pair, value] = f.locals("v128", 4);
    f.i32x4(0).set(zero);
    f.get(words).tee(at).plus(bytes).set(end);
    f.get(scratch).set(to);
    f.loop((again) => {
      sums.forEach((sum, i) => f.get(to).memory("v128.load", sumOffset(i)).set(sum));
      for (let term = 0; term < count; term++) {
        f.get(at)
          .memory("v128.load", term * rowBytes)
          .set(quad);
        for (let word = 0; word < BYTES; word++) {
          const isUpper = word % 2 === 1;
          if (!isUpper)
            f.get(zero)
              .get(quad)
              .interleave(1, word > 1)
              .set(pair);
          f.get(zero).get(pair).interleave(2, isUpper).op("f32x4.convert_i32x4_s").set(value);
          for (let row = 0; row < rows; row++)
            multiplyAdd(f, splats[row * count + term]!, value, sums[row * BYTES + word]!);
        }
      }
      sums.forEach((sum, i) => f.get(to).get(sum).memory("v128.store", sumOffset(i)));
      f.increase(to, BYTES * VECTOR);
      f.get(at).plus(VECTOR).tee(at).get(end).op("i32.lt_u").brIf(again);
    });
    f.free(...splats, ...sums, zero, quad, pair, value);
    f.increase(factors, count * ELEMENT);
    f.increase(words, count * rowBytes);
  }
}
