/** @file The types of filters and of what the graph functions give; checked by the compiler, not run. */
import {
  All,
  Any,
  asPure,
  type BatchStat,
  type Dropout,
  type Filter,
  filterState,
  type GraphDef,
  Linear,
  map,
  merge,
  Not,
  OfType,
  Param,
  PathContains,
  pop,
  type Predicate,
  type Selected,
  splitState,
  type State,
  type TypePredicate,
  type Variable,
} from "@nnx-js/nn";
import type * as tf from "@tensorflow/tfjs-core";
import { expectTypeOf } from "vitest";

declare const model: Linear;
declare const states: State;
declare const definition: GraphDef<Linear>;

// Filters say what they select, as far as it is known.
expectTypeOf(OfType(Linear)).toEqualTypeOf<TypePredicate<Linear>>();
expectTypeOf(All(Linear, PathContains("head"))).toEqualTypeOf<TypePredicate<Linear>>();
expectTypeOf(All(PathContains("a"), PathContains("b"))).toEqualTypeOf<Predicate>();
expectTypeOf(Not(Linear)).toEqualTypeOf<Predicate>();
expectTypeOf<Selected<typeof Linear>>().toEqualTypeOf<Linear>();
expectTypeOf<Selected<readonly [typeof Linear, typeof Dropout]>>().toEqualTypeOf<Linear | Dropout>();
expectTypeOf<Selected<ReturnType<typeof Any<[typeof Param, typeof Linear]>>>>().toEqualTypeOf<
  Param | Linear
>();
expectTypeOf<Selected<"dropout">>().toBeUnknown();
expectTypeOf<Selected<true>>().toBeUnknown();
expectTypeOf<Selected<null>>().toBeNever();
expectTypeOf<Selected<Filter>>().toBeUnknown();

// One filter gives a State, several a tuple.
expectTypeOf(pop(model, Param)).toEqualTypeOf<State>();
expectTypeOf(pop(model, Param, true)).toEqualTypeOf<[State, State]>();
expectTypeOf(filterState(states, Param, "a", true)).toEqualTypeOf<[State, State, State]>();
expectTypeOf(splitState(states, true)).toEqualTypeOf<State>();
// @ts-expect-error pop needs a filter
pop(model);

// Nodes keep their type.
expectTypeOf(map((_path, leaf) => leaf, model)).toEqualTypeOf<Linear>();
expectTypeOf(merge(definition, states, states)).toEqualTypeOf<Linear>();
expectTypeOf(merge(definition, states, { copy: true })).toEqualTypeOf<Linear>();
// @ts-expect-error merge needs a State
merge(definition);

// asPure has tensors where Variables were.
declare const tree: { a: Param<tf.Tensor1D>; list: BatchStat[]; name: string; maybe: Variable | undefined };
expectTypeOf(asPure(tree)).toEqualTypeOf<{
  a: tf.Tensor1D;
  list: tf.Tensor[];
  name: string;
  maybe: tf.Tensor | undefined;
}>();
expectTypeOf(asPure(states)).toEqualTypeOf<State>();
expectTypeOf(asPure(model).kernel).toEqualTypeOf<tf.Tensor>();
