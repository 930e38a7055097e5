/** @file Launches kernels of control flow in a trace. */
import { stopGradient } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { interpretKernel } from "../special-kernels.ts";
import { replay } from "../replay.ts";
import { activeTrace, registerTraceKernels } from "../trace-backend.ts";
import { condGradient, condOnTape } from "./cond-gradient.ts";
import { COND, type CondAttrs, registerControlShapes, SCAN, type ScanAttrs, WHILE, type WhileAttrs } from "./kernels.ts"; // prettier-ignore
import { hoisted } from "./hoist.ts";
import { isChoiceOnTape, runControl } from "./run.ts";
import { scanGradient } from "./scan-gradient.ts";
import { spending } from "./spent.ts";
import { whileGradient } from "./while-gradient.ts";

/**
 * Records a loop over slices; see `SCAN` for inputs and outputs. What each turn would compute again from constants only
 * is computed before it.
 */
export function launchScan(inputs: readonly tf.Tensor[], attrs: ScanAttrs): tf.Tensor[] {
  const { before, body } = hoisted(attrs);
  const constants = inputs.slice(attrs.carries + attrs.sequences);
  const computed = before ? replay(before, constants) : [];
  return launch(SCAN, [...inputs, ...computed], { ...attrs, body });
}

/** Records a loop with a condition; see `WHILE` for inputs and outputs. */
export function launchWhile(inputs: readonly tf.Tensor[], attrs: WhileAttrs): tf.Tensor[] {
  return launch(WHILE, inputs, attrs);
}

/** Records one of several functions; see `COND` for inputs and outputs. */
export function launchCond(inputs: readonly tf.Tensor[], attrs: CondAttrs): tf.Tensor[] {
  return launch(COND, inputs, attrs);
}

function launch(kernelName: string, inputs: readonly tf.Tensor[], attrs: object): tf.Tensor[] {
  if (!activeTrace()) {
    const run = (launched: object) => runControl(kernelName, inputs, launched, replay)!;
    return isChoiceOnTape(kernelName) ? condOnTape(inputs, attrs as CondAttrs, run, launchCond) : run(attrs);
  }
  register();
  // TensorFlow.js types a list of inputs as what it is for kernels such as Concat: an object with numbers for names.
  const given = inputs as unknown as tf.NamedTensorMap;
  const { gradientDepth, kernelDepth } = tf.engine().state;
  const launched = gradientDepth > 0 && kernelDepth === 0 ? spending(attrs) : attrs;
  const outputs = tf.engine().runKernel<tf.Tensor[]>(kernelName, given, launched as tf.NamedAttrMap);
  if (gradientDepth === 0) return [...outputs];
  // A tape would follow an integer, such as a count of random keys, to kernels that have no gradient.
  return outputs.map((output) => (output.dtype === "float32" ? output : stopGradient(output)));
}

let isRegistered = false;

/** When the first is launched: programs without control flow do without. */
function register(): void {
  if (isRegistered) return;
  isRegistered = true;
  registerControlShapes();
  // A trace may be going on already.
  registerTraceKernels();
  const gradients = [
    [SCAN, scanGradient(launchScan)],
    [COND, condGradient(launchCond)],
    [WHILE, whileGradient],
  ] as const;
  for (const [kernelName, gradFunc] of gradients) {
    tf.registerGradient({ kernelName, saveAllInputs: true, gradFunc });
    interpretKernel(kernelName, (inputs, attrs) => launch(kernelName, inputs, attrs));
  }
}
