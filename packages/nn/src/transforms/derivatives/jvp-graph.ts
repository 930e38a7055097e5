/** @file Runs a graph together with its derivative in a direction. */
import * as tf from "@tensorflow/tfjs-core";
import type { Dual } from "../../trace/call.ts";
import { attrsOf, COND, type CondAttrs, SCAN, type ScanAttrs, WHILE } from "../../trace/control/kernels.ts";
import type { Graph, KernelNode, Value } from "../../trace/graph.ts";
import { launchKernel } from "../../trace/special-kernels.ts";
import { isFused } from "../../trace/unfused.ts";
import { tapeVjp } from "../../trace/tape-vjp.ts";
import { UnsupportedDerivativeError } from "./errors.ts";
import { jvpRuleOf } from "./jvp-rules.ts";
import { condRule } from "./rules/cond.ts";
import type { JvpNode, JvpRule, RunJvp } from "./rules/rule.ts";
import { scanRule } from "./rules/scan.ts";
import { whileRule } from "./rules/while.ts";

/**
 * The outputs of `graph` for `primals`, and what they change by when the parameters change by `tangents` (undefined for
 * what does not change), kernel by kernel, in differentiable operations.
 *
 * @param isApart whether the outputs must not depend on directions, which come later: loops then run apart from their
 *   derivatives, which take what they have kept
 * @throws UnsupportedDerivativeError for a kernel without a derivative
 */
export function jvpGraph(
  graph: Graph,
  primals: readonly tf.Tensor[],
  tangents: readonly (tf.Tensor | undefined)[],
  isApart = false,
): Dual {
  const values = new Map<Value, tf.Tensor>();
  const changes = new Map<Value, tf.Tensor | undefined>();
  for (const [i, value] of graph.parameters.entries()) {
    values.set(value, primals[i]!);
    changes.set(value, value.dtype === "float32" ? tangents[i] : undefined);
  }
  for (const { value, elements } of graph.constants) {
    values.set(value, tf.tensor(elements, [...value.shape], value.dtype));
  }
  for (const node of graph.nodes) {
    const { outputs, tangents } = jvpOf(node, values, changes, isApart);
    for (const [i, output] of node.outputs.entries()) {
      values.set(output, outputs[i]!);
      changes.set(output, output.dtype === "float32" ? tangents[i] : undefined);
    }
  }
  return {
    outputs: graph.outputs.map(({ value }) => values.get(value)!),
    tangents: graph.outputs.map(({ value }) => changes.get(value)),
  };
}

function jvpOf(
  node: KernelNode,
  values: ReadonlyMap<Value, tf.Tensor>,
  changes: ReadonlyMap<Value, tf.Tensor | undefined>,
  isApart: boolean,
): Dual {
  const { kernelName, attrs, source } = node;
  const entries = Object.entries(node.inputs);
  const inputs = Object.fromEntries(entries.map(([name, value]) => [name, values.get(value)!]));
  const tangents = Object.fromEntries(entries.map(([name, value]) => [name, changes.get(value)]));
  const isConstant =
    Object.values(tangents).every((tangent) => tangent === undefined) ||
    node.outputs.every(({ dtype }) => dtype !== "float32");
  if (isConstant) return { outputs: launchKernel(kernelName, inputs, attrs), tangents: [] };
  const rule = jvpRuleOf(kernelName) ?? controlRule(kernelName, attrs, isApart) ?? throughGradient(source);
  let outputs: readonly tf.Tensor[] | undefined;
  const found = rule({
    kernelName,
    inputs,
    tangents,
    attrs,
    get outputs() {
      return (outputs ??= launchKernel(kernelName, inputs, attrs));
    },
  });
  if ("tangents" in found) return found;
  return { outputs: outputs ?? launchKernel(kernelName, inputs, attrs), tangents: found };
}

const run: RunJvp = (graph, primals, tangents) => jvpGraph(graph, primals, tangents);

/** The rule of a loop or of branches: what runs within runs with its derivative. */
function controlRule(
  kernelName: string,
  attrs: Readonly<tf.NamedAttrMap>,
  isApart: boolean,
): JvpRule | undefined {
  if (kernelName === WHILE) return whileRule(run);
  if (kernelName === COND) return isApart ? tangentsOf(condRule(run)) : condRule(run);
  if (kernelName !== SCAN) return undefined;
  if (!isApart) return scanRule(run);
  // By its gradient the derivative takes what the loop has kept, if there is one.
  return hasGradient(attrsOf<ScanAttrs>({ attrs }).body.graph) ? undefined : tangentsOf(scanRule(run));
}

/** What runs with its derivative, once more beside what runs without. */
function tangentsOf(rule: JvpRule): JvpRule {
  return (node) => {
    const found = rule(node);
    return "tangents" in found ? found.tangents : found;
  };
}

/** Whether a gradient passes through all of a graph. */
function hasGradient({ nodes }: Graph): boolean {
  return nodes.every((node) => {
    if (node.kernelName === SCAN) return hasGradient(attrsOf<ScanAttrs>(node).body.graph);
    if (node.kernelName === COND)
      return attrsOf<CondAttrs>(node).branches.every(({ graph }) => hasGradient(graph));
    return node.kernelName !== WHILE;
  });
}

/**
 * The rule of a kernel that has a gradient: ⟨gradient(dy), tangents⟩ is linear in `dy`, and its gradient there is what
 * the outputs change by.
 */
function throughGradient(source: string | undefined): JvpRule {
  return (node: JvpNode) => {
    const { kernelName, inputs, tangents, attrs, outputs } = node;
    if (!tf.getGradient(kernelName) && !isFused(kernelName)) {
      throw new UnsupportedDerivativeError(
        kernelName,
        source,
        `Give it a gradient: tf.registerGradient({ kernelName: "${kernelName}", … }).`,
      );
    }
    const names = Object.keys(inputs).filter((name) => tangents[name]);
    const places = [...outputs.keys()].filter((i) => outputs[i]!.dtype === "float32");
    // Where the gradient is taken does not matter: it is linear.
    const dys = places.map((i) => tf.zerosLike(outputs[i]!));
    const { gradients } = tapeVjp(
      (cotangents) => {
        const { gradients } = tapeVjp(
          (xs) => {
            const changed = Object.fromEntries(names.map((name, i) => [name, xs[i]!]));
            return launchKernel(kernelName, { ...inputs, ...changed }, attrs);
          },
          names.map((name) => inputs[name]!),
          (results) => results.map((_, i) => cotangents[places.indexOf(i)]),
        );
        return gradients.map((gradient, i) => gradient ?? tf.zerosLike(inputs[names[i]!]!));
      },
      dys,
      () => names.map((name) => tangents[name]),
    );
    return outputs.map((_, i) => gradients[places.indexOf(i)]);
  };
}
