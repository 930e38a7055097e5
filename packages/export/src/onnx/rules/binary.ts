/** @file Kernels of two tensors that are broadcast: arithmetic, comparisons, choices. */
import type { Dtype } from "@nnx-js/jit/graph";
import type { Emission } from "../build/emission.ts";
import type { Value } from "../symbolic/graph.ts";
import { type AB, ANY, BOOL, FLOAT, INT, type Rule, rule, type Rules } from "./rule.ts";

/** A function of two tensors of one dtype by their names. */
type Binary = (emission: Emission, a: string, b: string, dtype: Dtype) => string;

/** The dtype in which a kernel of two inputs works. */
function common({ a, b }: AB): Dtype {
  return a.dtype === "float32" || b.dtype === "float32" ? "float32" : "int32";
}

function binary(takes: readonly Dtype[], f: Binary, workingIn: (inputs: AB) => Dtype = common): Rule {
  return rule<AB>(takes, (emission, { a, b }, _, [output]) =>
    emission.pointwise([a, b], output, (left, right) => {
      const { graph } = emission;
      const dtype = workingIn({ a, b });
      return f(emission, graph.cast(left, a.dtype, dtype), graph.cast(right, b.dtype, dtype), dtype);
    }),
  );
}

const operator =
  (type: string): Binary =>
  ({ graph }, a, b) =>
    graph.op(type, [a, b]);
const floats = () => "float32" as const;
const bools = () => "bool" as const;

/** Whether the signs of two numbers differ. */
function haveOtherSigns(emission: Emission, a: string, b: string, dtype: Dtype): string {
  const { graph } = emission;
  const zero = emission.number(0, dtype);
  return graph.op("Xor", [graph.op("Less", [a, zero]), graph.op("Less", [b, zero])]);
}

/** The remainder, with the sign of `b`. */
const mod: Binary = (emission, a, b, dtype) => {
  const { graph } = emission;
  if (dtype === "int32") return graph.op("Mod", [a, b]);
  const rest = graph.op("Mod", [a, b], { fmod: 1 });
  const moved = graph.op("Mod", [graph.op("Add", [rest, b]), b], { fmod: 1 });
  return graph.op("Where", [haveOtherSigns(emission, a, b, dtype), moved, rest]);
};

/** The quotient, rounded down. */
const floorDiv: Binary = (emission, a, b, dtype) => {
  const { graph } = emission;
  const quotient = graph.op("Div", [a, b]);
  // The kernel gives integers always.
  if (dtype === "float32") return graph.cast(graph.op("Floor", [quotient]), "float32", "int32");
  // Integers are divided towards 0.
  const hasRest = graph.op("Not", [graph.op("Equal", [graph.op("Mod", [a, b]), emission.number(0, dtype)])]);
  const isAbove = graph.op("And", [hasRest, haveOtherSigns(emission, a, b, dtype)]);
  return graph.op("Sub", [quotient, graph.cast(isAbove, "bool", "int32")]);
};

const squaredDifference: Binary = ({ graph }, a, b) => {
  const difference = graph.op("Sub", [a, b]);
  return graph.op("Mul", [difference, difference]);
};

const atan2: Binary = (emission, y, x) => {
  const { graph } = emission;
  const zero = emission.number(0);
  const angle = graph.op("Atan", [graph.op("Div", [y, x])]);
  const isBelow = graph.op("Less", [y, zero]);
  const turn = graph.op("Where", [isBelow, emission.number(-Math.PI), emission.number(Math.PI)]);
  const isLeft = graph.op("Less", [x, zero]);
  const turned = graph.op("Where", [isLeft, graph.op("Add", [angle, turn]), angle]);
  const areZero = graph.op("And", [graph.op("Equal", [x, zero]), graph.op("Equal", [y, zero])]);
  return graph.op("Where", [areZero, zero, turned]);
};

const not =
  (f: Binary): Binary =>
  (emission, a, b, dtype) =>
    emission.graph.op("Not", [f(emission, a, b, dtype)]);

/** Bool is no dtype that Where takes in all runtimes. */
function chosen(emission: Emission, test: string, yes: string, no: string, dtype: Dtype): string {
  const { graph } = emission;
  if (dtype !== "bool") return graph.op("Where", [test, yes, no]);
  const isYes = graph.op("And", [test, yes]);
  return graph.op("Or", [isYes, graph.op("And", [graph.op("Not", [test]), no])]);
}

/** A sum of many tensors. */
const addN = rule<Record<string, Value>>(ANY, (emission, inputs, _, [output]) => {
  const { graph } = emission;
  const values = Object.values(inputs);
  const dtype = output.dtype === "float32" ? "float32" : "int32";
  emission.pointwise(values, output, (...names) => {
    const terms = names.map((name, i) => graph.cast(name, values[i]!.dtype, dtype));
    if (dtype === "float32") return graph.op("Sum", terms);
    return terms.reduce((sum, term) => graph.op("Add", [sum, term]));
  });
});

/** Binary kernels. */
export const binaries: Rules = {
  Add: binary(ANY, operator("Add")),
  AddN: addN,
  Atan2: binary(FLOAT, atan2),
  BitwiseAnd: binary(INT, operator("BitwiseAnd")),
  FloorDiv: binary(ANY, floorDiv),
  Maximum: binary(ANY, operator("Max")),
  Minimum: binary(ANY, operator("Min")),
  Mod: binary(ANY, mod),
  Multiply: binary(ANY, operator("Mul")),
  Pow: binary(ANY, operator("Pow")),
  RealDiv: binary(ANY, operator("Div"), floats),
  SquaredDifference: binary(ANY, squaredDifference),
  Sub: binary(ANY, operator("Sub")),
  Equal: binary(ANY, operator("Equal")),
  NotEqual: binary(ANY, not(operator("Equal"))),
  Less: binary(ANY, operator("Less")),
  LessEqual: binary(ANY, operator("LessOrEqual")),
  Greater: binary(ANY, operator("Greater")),
  GreaterEqual: binary(ANY, operator("GreaterOrEqual")),
  LogicalAnd: binary(BOOL, operator("And"), bools),
  LogicalOr: binary(BOOL, operator("Or"), bools),
  LogicalXor: binary(BOOL, operator("Xor"), bools),
  Select: rule<{ condition: Value; t: Value; e: Value }>(
    ANY,
    (emission, { condition, t, e }, _, [output]) => {
      const { graph } = emission;
      const rank = output.shape.length;
      // A condition of rank 1 chooses rows.
      const rows = condition.shape.length === 1 && rank > 1;
      const write = (test: string, yes: string, no: string) =>
        chosen(
          emission,
          graph.cast(test, condition.dtype, "bool"),
          graph.cast(yes, t.dtype, output.dtype),
          graph.cast(no, e.dtype, output.dtype),
          output.dtype,
        );
      if (!rows) {
        emission.pointwise([condition, t, e], output, (test, yes, no) => write(test, yes, no));
        return;
      }
      const shape = [...condition.shape, ...Array.from({ length: rank - 1 }, () => 1)];
      const test = graph.reshape(emission.name(condition), condition.shape, shape);
      emission.set(output, write(test, emission.name(t), emission.name(e)));
    },
  ),
  LinearCombination: rule<{ x: Value; y: Value }, { a: number; b: number }>(
    FLOAT,
    (emission, { x, y }, { a, b }, [output]) =>
      emission.pointwise([x, y], output, (left, right) => {
        const { graph } = emission;
        const scaled = (name: string, by: number) => graph.op("Mul", [name, emission.number(by)]);
        return graph.op("Add", [scaled(left, a), scaled(right, b)]);
      }),
  ),
};
