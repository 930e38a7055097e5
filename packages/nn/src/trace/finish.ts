/** @file Makes a graph of what was recorded: without copies, and without what no result needs. */
import type * as tf from "@tensorflow/tfjs-core";
import { isCopy } from "./copies.ts";
import { mergeLoops, pruned } from "./control/simplify.ts";
import type { Constant, KernelNode, Value } from "./graph.ts";
import { STOP_GRADIENT } from "./special-kernels.ts";

/** What a trace has recorded. */
interface Recorded {
  readonly constants: readonly Constant[];
  readonly nodes: readonly KernelNode[];
  readonly outputs: readonly Value[];
}

/** What is left of it. */
interface Finished extends Recorded {
  /** The values that something needs. */
  readonly used: ReadonlySet<Value>;
}

/**
 * Leaves out copies (Identity, reshapes to the same shape), dead launches and constants that nobody uses.
 *
 * @param isFinal whether no derivative will be taken of it, so that what stops gradients is a copy as well
 */
export function finish({ constants, nodes, outputs }: Recorded, isFinal = false): Finished {
  const originals = new Map<Value, Value>();
  const copied = (value: Value): Value => originals.get(value) ?? value;
  const all: KernelNode[] = [];
  for (const node of nodes) {
    const source = copiedBy(node, isFinal);
    if (source) originals.set(node.outputs[0]!, copied(source));
    else all.push(node);
  }
  const { nodes: launches, same } = mergeLoops(all, copied);
  const original = (value: Value): Value => same.get(copied(value)) ?? copied(value);

  const results = outputs.map(original);
  const used = new Set(results);
  const live: KernelNode[] = [];
  for (let i = launches.length - 1; i >= 0; i--) {
    if (!launches[i]!.outputs.some((output) => used.has(output))) continue;
    const node = pruned(launches[i]!, used);
    const inputs: Record<string, Value> = {};
    let isCopying = false;
    for (const key in node.inputs) {
      const value = node.inputs[key]!;
      const input = original(value);
      inputs[key] = input;
      used.add(input);
      isCopying ||= input !== value;
    }
    live.push(isCopying ? new LiveNode(node, inputs) : node);
  }
  live.reverse();
  return {
    constants: constants.filter(({ value }) => used.has(value)),
    nodes: live,
    outputs: results,
    used,
  };
}

/** The value that a launch copies, if it does nothing else. */
function copiedBy({ kernelName, inputs, outputs }: KernelNode, isFinal: boolean): Value | undefined {
  const { x } = inputs;
  if (!x) return undefined;
  if (isFinal && kernelName === STOP_GRADIENT) return x;
  return isCopy(kernelName, x, outputs[0]!) ? x : undefined;
}

/** A launch with the inputs that it has in the finished graph. */
class LiveNode implements KernelNode {
  readonly kernelName: string;
  readonly inputs: Readonly<Record<string, Value>>;
  readonly attrs: Readonly<tf.NamedAttrMap>;
  readonly outputs: readonly Value[];
  private node: KernelNode | undefined;

  constructor(node: KernelNode, inputs: Readonly<Record<string, Value>>) {
    this.kernelName = node.kernelName;
    this.inputs = inputs;
    this.attrs = node.attrs;
    this.outputs = node.outputs;
    this.node = node;
  }

  get source(): string | undefined {
    return this.node?.source;
  }

  forgetSource(): void {
    this.node = undefined;
  }
}
