/** @file A random order, as JAX's `random.permutation` draws it. */
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { Local, Times } from "../assembler/types.ts";
import type { PermutationSpec } from "../../../steps/specs/ordering.ts";
import { emitKeySchedule, emitThreefry } from "../math/threefry.ts";
import { ELEMENT, VECTOR } from "./lanes.ts";
import { indexBytes, indexSorter } from "./merge-sort.ts";
import type { Routine } from "./routine.ts";

/**
 * `fn(key, x, y, scratch, begin, end)`, without `x` unless it gathers; `key` has two words. One unit.
 *
 * Each round draws a key for the next and one for its words, and sorts by these; equal words keep their order.
 */
export function emitPermutation(module: ModuleBuilder, spec: PermutationSpec): Routine {
  const { count, rounds, gathers } = spec;
  const sort = indexSorter(module, "u32 ascending");
  const f = module.procedure(`permutation of ${count}`, gathers ? 6 : 5);
  const [key, ...others] = f.params;
  const [y, scratch, begin, end] = others.slice(-4) as Times<Local, 4>;
  const bytes = indexBytes(count);
  const [words, a, b, order, places, i] = f.locals("i32", 6);
  for (const [at, target] of [words, a, b, order].entries()) {
    f.get(scratch)
      .plus(at * bytes)
      .set(target);
  }
  const [key0, key1, next, word0, word1, counts] = f.locals("v128", 6);
  const splat = (from: Local, lane: number, to: Local) =>
    f.get(from).lane("i32x4.extract_lane", lane).op("i32x4.splat").set(to);
  // The only unit.
  f.get(begin).get(end).op("i32.lt_u");
  f.if(() => {
    f.forRange(i, 0, count, 1, () => element(f, order, i).get(i).memory("i32.store"));
    f.get(key).memory("v128.load32_splat").set(key0);
    f.get(key).memory("v128.load32_splat", ELEMENT).set(key1);
    for (let round = 0; round < rounds; round++) {
      f.i32x4(0, 1, 2, 3).set(counts);
      const schedule = emitKeySchedule(f, key0, key1);
      emitThreefry(f, schedule, counts, (first, second) => {
        splat(first, 1, word0);
        splat(second, 1, word1);
        splat(first, 0, next);
        splat(second, 0, key1);
        f.get(next).set(key0);
      });
      const wordSchedule = emitKeySchedule(f, word0, word1);
      f.forRange(i, 0, Math.ceil(count / 4), 1, () => {
        f.get(words).plus(i, VECTOR);
        emitThreefry(f, wordSchedule, counts, (first, second) => {
          f.get(first).get(second).op("v128.xor").memory("v128.store");
        });
        f.get(counts).i32x4(4).op("i32x4.add").set(counts);
      });
      f.free(...schedule.slice(2), ...wordSchedule.slice(2));
      f.get(words).i32(count).get(a).get(b).call(sort).set(places);
      // The words are no longer needed: their place takes the new order.
      f.forRange(i, 0, count, 1, () => {
        element(f, words, i);
        f.get(order)
          .plus(() => element(f, places, i).memory("i32.load"), ELEMENT)
          .memory("i32.load");
        f.memory("i32.store");
      });
      f.get(order).set(places).get(words).set(order).get(places).set(words);
    }
    f.forRange(i, 0, count, 1, () => {
      element(f, y, i);
      const index = () => element(f, order, i).memory("i32.load");
      if (gathers) f.get(others[0]).plus(index, ELEMENT).memory("i32.load");
      else index();
      f.memory("i32.store");
    });
  });
  return {
    fn: f.ref,
    units: 1,
    scratchBytes: 4 * bytes,
    flops: rounds * count * (100 + 4 * Math.ceil(Math.log2(count + 1))),
  };
}

/** The address of an element. → i32 */
function element(f: FunctionBuilder, base: Local, index: Local): FunctionBuilder {
  return f.get(base).plus(index, 4);
}
