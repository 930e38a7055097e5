/** @file A loop over slices where nothing is recorded: one turn after the other. */
import * as tf from "@tensorflow/tfjs-core";
import { sliceOf } from "../../trace/control/run.ts";
import { ownTensors } from "./own.ts";
import type { Loop } from "./scan-loop.ts";
import { withSlices } from "./slices.ts";
import { withVariablesKept } from "./variables-kept.ts";
import { nextCarry, pairOf, Results } from "./turn.ts";

/** The last carry and the stacked results. */
export function scanEagerly({ fn, carry, slices, length, reverse, caller }: Loop): [unknown, unknown] {
  const results = new Results(caller);
  const { variables } = slices;
  const written = variables.map(() => false);
  const parts: (readonly tf.Tensor[])[] = [];
  const flat = tf.tidy(() => {
    // Turns write slices to the Variables, which frees what these hold, unless a transaction has just begun.
    const stacks = variables.map((variable) => tf.clone(variable.value));
    let current: readonly tf.Tensor[] = carry.tensors;
    for (let turn = 0; turn < length; turn++) {
      const at = reverse ? length - 1 - turn : turn;
      const outputs = tf.tidy(() => {
        const x = slices.tree.tensors.map((tensor) => sliceOf(tensor, at));
        const held = stacks.map((stack) => sliceOf(stack, at));
        const done = withVariablesKept(
          caller,
          () =>
            withSlices(variables, held, () =>
              pairOf(fn(carry.rebuild(current), slices.tree.rebuild(x)), caller),
            ),
          variables,
        );
        const [next, y] = done.result;
        const values = done.written.map((value, i) => {
          written[i] ||= value !== undefined;
          return value ?? held[i]!;
        });
        return ownTensors([...nextCarry(carry, next, caller).tensors, ...results.tensorsOf(y), ...values]);
      });
      if (turn > 0) for (const tensor of current) tensor.dispose();
      current = outputs.slice(0, carry.tensors.length);
      parts[at] = outputs.slice(carry.tensors.length);
    }
    const stacked = (parts[0] ?? []).map((_, i) => tf.stack(parts.map((part) => part[i]!)));
    return [...ownTensors(current), ...stacked];
  });
  const ys = flat.slice(carry.tensors.length);
  const values = ys.splice(ys.length - (length > 0 ? variables.length : 0));
  for (const [i, variable] of variables.entries()) {
    if (written[i]) variable.value = values[i]!;
    else values[i]?.dispose();
  }
  return [carry.rebuild(flat.slice(0, carry.tensors.length)), results.rebuild(ys)];
}
