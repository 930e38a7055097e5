/** @file The types of filters and of what the graph functions give; checked by the compiler, not run. */
import {
  All,
  Any,
  asPure,
  type BatchStat,
  type Dropout,
  type Filter,
  filterState,
  fromFlatState,
  type GraphDef,
  Linear,
  madeBy,
  map,
  mapState,
  merge,
  mergeState,
  Not,
  OfType,
  Param,
  PathContains,
  type Recipe,
  recipeOf,
  pop,
  type Predicate,
  RngKey,
  type Selected,
  split,
  splitState,
  type State,
  state,
  type StateEntry,
  toFlatState,
  type TypePredicate,
  type Variable,
  variables,
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

// One filter gives a State, several a tuple; a class says what the leaves are.
expectTypeOf(state(model)).toEqualTypeOf<State>();
expectTypeOf(state(model, Param)).toEqualTypeOf<State<Param>>();
expectTypeOf(state(model, [Param, OfType(RngKey)])).toEqualTypeOf<State<Param | RngKey>>();
expectTypeOf(state(model, Linear)).toEqualTypeOf<State>();
expectTypeOf(state(model, null)).toEqualTypeOf<State>();
expectTypeOf(state(model, All(Param, PathContains("bias")), true)).toEqualTypeOf<[State<Param>, State]>();
expectTypeOf(variables(model)).toEqualTypeOf<State<Variable>>();
expectTypeOf(variables(model, "dropout")).toEqualTypeOf<State<Variable>>();
expectTypeOf(split(model, Param, true)).toEqualTypeOf<[GraphDef<Linear>, State<Param>, State]>();
expectTypeOf(pop(model, Param)).toEqualTypeOf<State<Param>>();
expectTypeOf(pop(model, Param, true)).toEqualTypeOf<[State<Param>, State]>();
expectTypeOf(filterState(states, Param, "a", true)).toEqualTypeOf<[State<Param>, State, State]>();
expectTypeOf(splitState(states, true)).toEqualTypeOf<State>();
expectTypeOf(filterState(variables(model), "a")).toEqualTypeOf<State<Variable>>();

// What a State of Variables holds are Variables; it is a State like any other.
expectTypeOf(state(model, Param).leaf("bias")).toEqualTypeOf<Param>();
expectTypeOf(state(model).leaf<Param>("bias").value).toEqualTypeOf<tf.Tensor>();
expectTypeOf(state(model, Param).get("bias")).toEqualTypeOf<State<Param> | Param | undefined>();
expectTypeOf(mapState((_path, param) => param.value, state(model, Param))).toEqualTypeOf<State<tf.Tensor>>();
expectTypeOf(mergeState(variables(model), state(model, Param))).toEqualTypeOf<State<Variable>>();
expectTypeOf(toFlatState(state(model, Param))).items.toEqualTypeOf<StateEntry<Param>>();
expectTypeOf(fromFlatState(toFlatState(state(model, Param)))).toEqualTypeOf<State<Param>>();
expectTypeOf<State<Param>>().toExtend<State<Variable>>();
expectTypeOf<State<Variable>>().toExtend<State>();
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
expectTypeOf(asPure(states)).toEqualTypeOf<State<tf.Tensor>>();
expectTypeOf(asPure(model).kernel).toEqualTypeOf<tf.Tensor>();

// What a factory made keeps its type.
const scaleBy = (factor: number) => madeBy((x: number) => x * factor, scaleBy, [factor]);
expectTypeOf(scaleBy).returns.toEqualTypeOf<(x: number) => number>();
expectTypeOf(madeBy({ rate: 1 }, scaleBy, [1])).toEqualTypeOf<{ rate: number }>();
expectTypeOf(recipeOf(scaleBy)).toEqualTypeOf<Recipe | undefined>();
// @ts-expect-error a number is nobody's product
madeBy(5, scaleBy, [5]);
// @ts-expect-error the arguments are a list
madeBy(scaleBy(1), scaleBy, 1);
