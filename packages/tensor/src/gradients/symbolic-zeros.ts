/** @file Gradients that are zero whatever comes in: nothing flows back there, as in JAX, since 0 * Infinity would be NaN. */
import * as tf from "@tensorflow/tfjs-core";

/** An entry of the tape; while gradients flow back, TensorFlow.js asks a copy of it, which has differentiable inputs only. */
interface TapeNode {
  inputs: Record<string, tf.Tensor>;
  gradient?: Gradient;
}

/** From the gradients of the outputs, null where nothing came, to those of the inputs, by name. */
type Gradient = (this: TapeNode, dys: (tf.Tensor | null)[]) => Record<string, () => tf.Tensor>;

/** The part of TensorFlow.js's engine that differentiates; not in its published types. */
interface Differentiator {
  state: { activeTape: TapeNode[] };
  addTapeNode(...parts: unknown[]): void;
  gradients(
    f: () => tf.Tensor,
    xs: tf.Tensor[],
    dy?: tf.Tensor | null,
    allowNoGradients?: boolean,
  ): { value: tf.Tensor; grads: (tf.Tensor | undefined)[] };
}

/** The numbers of tensors that nothing flows to through some operation, in the gradient that is being computed. */
let ended = new Set<number>();

/**
 * What a gradient function answers for an input with which the output does not change: an index, or what is compared.
 * Nothing flows back to it, and it is not called.
 */
export function zeroGradient(): tf.Tensor {
  return tf.scalar(0);
}

/** A gradient of an entry of the tape that ends where it answers {@link zeroGradient}, or where nothing comes to it. */
export function endingAtZeros(gradient: Gradient): Gradient {
  return function (dys) {
    const isReached = dys.some((dy) => dy !== null);
    const gradients = isReached ? gradient.call(this, dys) : {};
    const inputs = Object.entries(this.inputs);
    const isEnd = (name: string) => !isReached || gradients[name] === zeroGradient;
    for (const [name, input] of inputs) if (isEnd(name)) ended.add(input.id);
    // What it was not asked for, TensorFlow.js passes over.
    this.inputs = Object.fromEntries(inputs.filter(([name]) => !isEnd(name)));
    return gradients;
  };
}

let isMended = false;

/**
 * Lets gradients end where an operation answers {@link zeroGradient}; TensorFlow.js would compute zeros from zeros, down
 * to the parameters. What asks for a gradient that must be there gets zeros at the end.
 * Runs once; later calls do nothing.
 */
export function endAtZeros(): void {
  // These members are private in TypeScript only.
  const engine = tf.engine() as unknown as Differentiator;
  if (isMended || typeof engine.addTapeNode !== "function") return;
  isMended = true;
  const addTapeNode = engine.addTapeNode.bind(engine);
  engine.addTapeNode = (...parts) => {
    addTapeNode(...parts);
    const node = engine.state.activeTape.at(-1);
    if (node?.gradient) node.gradient = endingAtZeros(node.gradient);
  };
  const gradients = engine.gradients.bind(engine);
  engine.gradients = (f, xs, dy, allowNoGradients) => {
    const outer = ended;
    const own = (ended = new Set());
    try {
      const found = gradients(f, xs, dy, allowNoGradients);
      if (allowNoGradients) return found;
      const orZeros = (x: tf.Tensor, i: number) =>
        found.grads[i] ?? (own.has(x.id) ? tf.zeros(x.shape) : undefined);
      return { ...found, grads: xs.map(orZeros) };
    } finally {
      ended = outer;
    }
  };
}
