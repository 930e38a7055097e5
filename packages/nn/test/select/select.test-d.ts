/** @file The types of selections; checked by the compiler, not run. */
import {
  All,
  type BatchNorm,
  Dropout,
  Linear,
  Not,
  OfType,
  Param,
  type Part,
  PathContains,
  select,
  type Selection,
} from "@nnx-js/nn";
import type * as tf from "@tensorflow/tfjs-core";
import { expectTypeOf } from "vitest";
import type { Net, Scaled } from "./models.ts";

declare const net: Net;

// The parts have the type that the filter selects.
expectTypeOf(select(net).where(Linear)).toEqualTypeOf<Selection<Net, Linear>>();
expectTypeOf(select(net).where(Linear).get()).toEqualTypeOf<Linear[]>();
expectTypeOf(select(net).where(Param).get()[0]!.value).toEqualTypeOf<tf.Tensor>();
expectTypeOf(select(net).where([Linear, Dropout]).get()).toEqualTypeOf<(Linear | Dropout)[]>();
expectTypeOf(select(net).where(OfType(Dropout)).get()).toEqualTypeOf<Dropout[]>();
expectTypeOf(
  select(net)
    .where(All(PathContains("head"), Linear))
    .get(),
).toEqualTypeOf<Linear[]>();
expectTypeOf(select(net).where(Not(Linear)).get()).toEqualTypeOf<Part[]>();
expectTypeOf(select(net).where(PathContains("head")).get()).toEqualTypeOf<Part[]>();
expectTypeOf(select(net).where("dropout").get()).toEqualTypeOf<Part[]>();
// A predicate that is a type guard says so, inferred ones too.
expectTypeOf(
  select(net)
    .where((_path, part) => part instanceof Linear)
    .get(),
).toEqualTypeOf<Linear[]>();

// Narrowing keeps what is known.
expectTypeOf(select(net).where(PathContains("head")).where(Linear).get()).toEqualTypeOf<Linear[]>();
expectTypeOf(select(net).where(Linear).where(PathContains("head")).get()).toEqualTypeOf<Linear[]>();

// Surgery gives a model of the same type, or of the one that is named.
select(net)
  .where(Linear)
  .map((linear, path) => {
    expectTypeOf(linear).toEqualTypeOf<Linear>();
    expectTypeOf(path).toEqualTypeOf<readonly (string | number)[]>();
    return linear;
  });
expectTypeOf(select(net).where(Linear).remove()).toEqualTypeOf<Net>();
expectTypeOf(select(net).where(Linear).set<Scaled>(1)).toEqualTypeOf<Scaled>();
expectTypeOf(select(net).where(Linear).freeze()).toEqualTypeOf<Net>();
expectTypeOf(select(net).where(Linear).assertCount(2).get()).toEqualTypeOf<Linear[]>();
// @ts-expect-error a number is no filter
select(net).where(3);
// @ts-expect-error a number is no model
select(3);
declare const norm: BatchNorm;
expectTypeOf(select({ norm }).where(Param).freeze().norm).toEqualTypeOf<BatchNorm>();
