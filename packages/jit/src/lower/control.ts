/** @file Lowerings of loops and branches. */
import type * as tf from "@tensorflow/tfjs-core";
import {
  attrsOf,
  COND,
  type CondAttrs,
  SCAN,
  type ScanAttrs,
  type Value,
  WHILE,
  type WhileAttrs,
} from "@nnx-js/nn/trace";
import type { ControlKind, RoutineSpec } from "../steps/specs/routine-spec.ts";
import type { Lowering, Tensor } from "./context.ts";
import { routineOf } from "./routine.ts";
import { type Inputs, type LoweringRules, rule } from "./rule.ts";
import { ANY } from "./takes.ts";

/** What a kernel is asked to do, without the number of the step. */
type Asked<Kind extends ControlKind> = Omit<RoutineSpec<Kind>, "id">;

/** Loops over slices, loops with a condition, branches. */
export const control: LoweringRules = {
  [SCAN]: rule<Inputs, tf.NamedAttrMap>(ANY, (lowering, inputs, attrs, outputs) => {
    const { body, carries, sequences, length, reverse } = attrsOf<ScanAttrs>({ attrs });
    const spec: Asked<"scan"> = { kind: "scan", body, carries, sequences, length, reverse };
    return controlled(lowering, `scan ${body.graph.name} ${length} times`, inputs, outputs, spec);
  }),
  [WHILE]: rule<Inputs, tf.NamedAttrMap>(ANY, (lowering, inputs, attrs, outputs) => {
    const { condition, body, carries } = attrsOf<WhileAttrs>({ attrs });
    const spec: Asked<"while"> = { kind: "while", condition, body, carries };
    return controlled(lowering, `while ${body.graph.name}`, inputs, outputs, spec);
  }),
  [COND]: rule<Inputs, tf.NamedAttrMap>(ANY, (lowering, inputs, attrs, outputs) => {
    const { branches } = attrsOf<CondAttrs>({ attrs });
    const spec: Asked<"cond"> = { kind: "cond", branches };
    return controlled(lowering, `one of ${branches.length} branches`, inputs, outputs, spec);
  }),
};

function controlled(
  lowering: Lowering,
  label: string,
  inputs: Inputs,
  outputs: readonly Value[],
  spec: Asked<ControlKind>,
): Tensor[] {
  const list = Object.keys(inputs).map((_, i) => inputs[i]!);
  // The steps so far tell it apart from others.
  return routineOf(lowering, label, list, outputs, { ...spec, id: lowering.steps.length } as RoutineSpec);
}
