/** @file Derivatives of what only graphs have: calls with a derivative of their own, barriers, constants for gradients. */
import { BARRIER, barrier } from "../../../trace/barrier.ts";
import { CALL, callAttrs } from "../../../trace/call.ts";
import { STOP_GRADIENT } from "../../../trace/special-kernels.ts";
import type { JvpRules } from "./rule.ts";

export const callRules: JvpRules = {
  [CALL]: ({ inputs, tangents, attrs }) => {
    const { body, rule } = callAttrs(attrs);
    return rule.jvp(
      body,
      Object.values(inputs),
      Object.keys(inputs).map((name) => tangents[name]),
    );
  },
  [STOP_GRADIENT]: () => [undefined],
  [BARRIER]: ({ inputs, tangents }) => {
    const names = Object.keys(inputs).filter((name) => tangents[name]);
    const held = barrier(names.map((name) => tangents[name]!));
    return Object.keys(inputs).map((name) => held[names.indexOf(name)]);
  },
};
