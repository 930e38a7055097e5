/** @file Calls: parts of a graph with a derivative of their own. They run, batch and compile as their bodies do. */
import { registerShapeRule } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import type { Body } from "./control/body.ts";
import { replay } from "./replay.ts";
import { interpretKernel } from "./special-kernels.ts";
import { activeTrace } from "./trace-backend.ts";

/** Runs a body: the list of its parameters to the list of its outputs. Attributes: `body`, and `rule`, its derivative. */
export const CALL = "Call";

/** Outputs of a body, and what each changes by; undefined where nothing does. */
export interface Dual {
  readonly outputs: readonly tf.Tensor[];
  readonly tangents: readonly (tf.Tensor | undefined)[];
}

/** The derivative of a call. Instances of classes, so that recorders do not copy them. */
export interface CallRule {
  /** For texts: `remat`. */
  readonly name: string;
  /** Whether the body's values, too, are differentiated by the rule: a tape leaves the call in the trace. */
  readonly isOfValues: boolean;
  /** Runs the body where a gradient tape records. */
  onTape(body: Body, inputs: readonly tf.Tensor[]): tf.Tensor[];
  /**
   * Runs what gradients around the innermost one see of a call whose rule that has used: the operations that gave the
   * outputs, which the body need not be. Nothing unless the rule is for one gradient only.
   */
  readonly plain?: ((inputs: readonly tf.Tensor[]) => tf.Tensor[]) | undefined;
  /** The rule of the call where those of calls within its body have been used: this unless given. */
  readonly spent?: (() => CallRule) | undefined;
  /** Runs the body and its derivative in a direction. */
  jvp(body: Body, inputs: readonly tf.Tensor[], tangents: readonly (tf.Tensor | undefined)[]): Dual;
}

/** Runs `body`, whose derivative is `rule`; inside of a trace without a tape it stays a call. */
export function call(body: Body, rule: CallRule, inputs: readonly tf.Tensor[]): tf.Tensor[] {
  const { gradientDepth, kernelDepth } = tf.engine().state;
  if (gradientDepth > 0 && kernelDepth === 0) return rule.onTape(body, inputs);
  // A rule within what a tape sees as one operation, such as another rule's forward, is for gradients around that.
  const isInside = gradientDepth > 0 && rule.plain === undefined;
  return isInside ? forwardOf(body, rule, inputs) : recorded(body, rule, inputs);
}

/** Runs `body` where a tape sees it as one operation, for a rule that says how its gradient is. */
export function forwardOf(body: Body, rule: CallRule, inputs: readonly tf.Tensor[]): tf.Tensor[] {
  return rule.isOfValues ? recorded(body, rule, inputs) : replay(body.graph, inputs);
}

function recorded(body: Body, rule: CallRule, inputs: readonly tf.Tensor[]): tf.Tensor[] {
  if (!activeTrace()) return replay(body.graph, inputs);
  // Kernels take a list of tensors, and hand instances of classes on as they are.
  const list = [...inputs] as unknown as tf.NamedTensorMap;
  const attrs = { body, rule } as unknown as tf.NamedAttrMap;
  const outputs: tf.Tensor | tf.Tensor[] = tf.engine().runKernel(CALL, list, attrs);
  return [outputs].flat();
}

/** The attributes of a call. */
export function callAttrs(attrs: Readonly<tf.NamedAttrMap>): {
  readonly body: Body;
  readonly rule: CallRule;
} {
  return attrs as unknown as { body: Body; rule: CallRule };
}

registerShapeRule<object, { body: Body }>(CALL, (_, { body }) =>
  body.graph.outputs.map(({ value: { shape, dtype } }) => ({ shape: [...shape], dtype })),
);
interpretKernel(CALL, (inputs, attrs) => {
  const { body, rule } = callAttrs(attrs);
  return call(body, rule, inputs);
});
