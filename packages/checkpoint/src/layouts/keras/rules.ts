/** @file Which weights of Keras stand for the Variables of a layer: a rule for each class. */
import {
  BatchNorm,
  Conv,
  ConvTranspose,
  Einsum,
  Embed,
  GroupNorm,
  GRUCell,
  LayerNorm,
  Linear,
  LinearGeneral,
  LSTMCell,
  type Module,
  OptimizedLSTMCell,
  PReLU,
  RMSNorm,
  SimpleCell,
  type Variable,
} from "@nnx-js/nn";
import { chained, permuted, turned } from "../relayout.ts";
import { gruSlots, lstmSlots, optimizedLstmSlots, simpleSlots } from "./recurrent-rules.ts";
import { reshaped, same, type Shape, sizeOf, type Slot } from "./slots.ts";

/** What a layer here is in Keras. */
export interface Rule {
  /** Its sort, as {@link kindOfClass} gives it for classes of Keras. */
  readonly kind: string;
  /** Its weights, in the order of Keras. */
  readonly slots: readonly Slot[];
}

/** The rule for a module; undefined for those that hold no weights of their own, or that Keras has not. */
export function ruleOf(module: Module): Rule | undefined {
  if (module instanceof Linear) return { kind: "dense", slots: kernelAndBias(module) };
  if (module instanceof Conv) return { kind: `conv${module.kernelSize.length}`, slots: convSlots(module) };
  if (module instanceof ConvTranspose) {
    return { kind: `convTranspose${module.kernelSize.length}`, slots: transposedSlots(module) };
  }
  if (module instanceof BatchNorm) {
    const statistics = [same("moving_mean", module.mean), same("moving_variance", module.var)];
    return { kind: "batchNorm", slots: [...affine(module), ...statistics] };
  }
  if (module instanceof LayerNorm) return { kind: "layerNorm", slots: affine(module) };
  if (module instanceof GroupNorm) return { kind: "groupNorm", slots: affine(module) };
  if (module instanceof RMSNorm) {
    return { kind: "rmsNorm", slots: module.scale ? [ofAnyShape(["scale", "gamma"], module.scale)] : [] };
  }
  if (module instanceof Embed) return { kind: "embedding", slots: [same("embeddings", module.embedding)] };
  if (module instanceof PReLU)
    return { kind: "prelu", slots: [ofAnyShape(["alpha"], module.negativeSlope, [1])] };
  if (module instanceof OptimizedLSTMCell) return { kind: "lstm", slots: optimizedLstmSlots(module) };
  if (module instanceof LSTMCell) return { kind: "lstm", slots: lstmSlots(module) };
  if (module instanceof GRUCell) return { kind: "gru", slots: gruSlots(module) };
  if (module instanceof SimpleCell) return { kind: "simpleRnn", slots: simpleSlots(module) };
  if (module instanceof LinearGeneral || module instanceof Einsum) {
    return { kind: "einsum", slots: kernelAndBias(module) };
  }
  return undefined;
}

interface WithKernel {
  readonly kernel: Variable;
  readonly bias: Variable | undefined;
}

function kernelAndBias({ kernel, bias }: WithKernel): Slot[] {
  return [same("kernel", kernel), ...(bias ? [same("bias", bias)] : [])];
}

/** Keras counts features over the axes of a LayerNormalization one by one. */
function affine({
  scale,
  bias,
}: {
  readonly scale: Variable | undefined;
  readonly bias: Variable | undefined;
}): Slot[] {
  return [...(scale ? [ofAnyShape(["gamma"], scale)] : []), ...(bias ? [ofAnyShape(["beta"], bias)] : [])];
}

/** A weight whose shape may be any of as many numbers. */
function ofAnyShape(roles: Slot["roles"], leaf: Variable, written: Shape = leaf.shape): Slot {
  return reshaped(roles, leaf, (found) => (found && sizeOf(found) === leaf.size ? found : written));
}

/**
 * A kernel is the same in Keras. Where each group has one input it may also be that of a DepthwiseConv,
 * `[...kernelSize, inFeatures, multiplier]`.
 */
function convSlots(conv: Conv): Slot[] {
  const { kernel, bias, kernelSize, inFeatures, outFeatures, featureGroupCount } = conv;
  const depthwise = [...kernelSize, inFeatures, outFeatures / inFeatures];
  const isDepthwise = featureGroupCount === inFeatures;
  const roles: Slot["roles"] =
    isDepthwise && inFeatures > 1 ? ["depthwise_kernel", "kernel"] : ["kernel", ...(isDepthwise ? ["depthwise_kernel"] : [])]; // prettier-ignore
  const slot = reshaped(roles, kernel, (found, role) => {
    if (!isDepthwise) return kernel.shape;
    if (role === "depthwise_kernel") return depthwise;
    // A Conv with groups, or the kernel of a DepthwiseConv in Keras 3.
    return found?.join() === depthwise.join() ? depthwise : kernel.shape;
  });
  return [slot, ...(bias ? [same("bias", bias)] : [])];
}

/** Keras's kernel is that of the convolution which is transposed. */
function transposedSlots(conv: ConvTranspose): Slot[] {
  if (conv.transposeKernel) return kernelAndBias(conv);
  const { kernel, bias, kernelSize } = conv;
  const axes = kernelSize.length;
  const relayout = chained(turned(axes), permuted(...kernelSize.keys(), axes + 1, axes));
  const slot: Slot = {
    ...same("kernel", kernel),
    shape: () => relayout.fileShape(kernel.shape),
    toModel: (part) => [relayout.toModel(part, kernel.shape)],
    toFile: ([value]) => relayout.toFile(value!),
  };
  return [slot, ...(bias ? [same("bias", bias)] : [])];
}
