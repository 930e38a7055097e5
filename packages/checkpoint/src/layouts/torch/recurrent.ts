/** @file How PyTorch lays out recurrent layers: all gates in one matrix, two biases, numbered layers. */
import {
  Bidirectional,
  GRUCell,
  iterVariables,
  type Linear,
  LSTMCell,
  OptimizedLSTMCell,
  RNN,
  RNNCellBase,
  Sequential,
  SimpleCell,
  Param,
  type Variable,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { type Draft, joined, one, summed } from "../draft.ts";
import { permuted, same } from "../relayout.ts";
import type { Place, Rule } from "../walk.ts";

/** The layers of a cell, gate by gate in PyTorch's order or all gates in one: those of the input, those of what is carried. */
interface Gates {
  readonly input: readonly Linear[];
  readonly carried: readonly Linear[];
}

function gatesOf(cell: unknown): Gates | undefined {
  if (cell instanceof LSTMCell) {
    const { ii, if_, ig, io, hi, hf, hg, ho } = cell;
    return { input: [ii, if_, ig, io], carried: [hi, hf, hg, ho] };
  }
  if (cell instanceof OptimizedLSTMCell || cell instanceof GRUCell || cell instanceof SimpleCell) {
    return { input: [cell.denseI], carried: [cell.denseH] };
  }
  return undefined;
}

/** `suffix`: `_l0`, `_l0_reverse` in layers, nothing in cells by themselves. */
function cellDrafts(cell: unknown, at: Place, suffix: string): Draft[] {
  const gates = gatesOf(cell);
  if (!gates) return [];
  // A cell that runs over sequences here may have been one by itself there.
  const namesOf = (base: string): [string, ...string[]] =>
    suffix === "_l0" ? [`${base}_l0`, base, `cell.${base}`] : [base + suffix];
  const name = (base: string) => at.name(...namesOf(base));
  const isStored = (...bases: string[]) => bases.flatMap(namesOf).some((candidate) => at.holds(candidate));
  const hasNoBias = !at.isWritten && isStored("weight_hh") && !isStored("bias_ih", "bias_hh");
  return [
    joined(
      gates.input.map(({ kernel }) => [kernel, permuted(1, 0)]),
      name("weight_ih"),
    ),
    joined(
      gates.carried.map(({ kernel }) => [kernel, permuted(1, 0)]),
      name("weight_hh"),
    ),
    ...(hasNoBias ? [zeros(gates)] : biasDrafts(cell, gates, name("bias_ih"), name("bias_hh"))),
  ];
}

/** PyTorch's layers with `bias=False` have none; ours always have one. */
function zeros({ input, carried }: Gates): Draft {
  const leaves = [...biasesOf(input), ...biasesOf(carried)];
  return {
    leaves,
    parts: [],
    toModel: () => leaves.map(({ shape }) => tf.zeros([...shape])),
    toFile: () => [],
  };
}

function biasDrafts(
  cell: unknown,
  { input, carried }: Gates,
  inputName: string,
  carriedName: string,
): Draft[] {
  const [biasesI, biasesH] = [biasesOf(input), biasesOf(carried)];
  if (biasesI.length > 0 && biasesH.length > 0) {
    return [joinedBiases(biasesI, inputName), joinedBiases(biasesH, carriedName)];
  }
  if (biasesH.length > 0) return [summed(joinedBiases(biasesH, carriedName), inputName)];
  if (biasesI.length === 0) return [];
  const draft = joinedBiases(biasesI, inputName);
  return [cell instanceof GRUCell ? summedGateBias(draft, carriedName) : summed(draft, carriedName)];
}

function biasesOf(layers: readonly Linear[]): Variable[] {
  return layers.map(({ bias }) => bias).filter((bias) => bias !== undefined);
}

function joinedBiases(biases: readonly Variable[], name: string): Draft {
  return biases.length === 1
    ? one(biases[0]!, name)
    : joined(
        biases.map((bias) => [bias, same]),
        name,
      );
}

/** The reset gate is multiplied with the second bias of the candidate, so that the first cannot hold both. */
function summedGateBias(draft: Draft, name: string): Draft {
  return summed(draft, name, async (second: tf.Tensor) => {
    const values = await second.data();
    if (values.slice((values.length / 3) * 2).every((value) => value === 0)) return undefined;
    return (
      `${name} has a bias of the new gate inside the product with the reset gate, which the GRUCell has not. ` +
      `Make it with { useRecurrentBias: true }.`
    );
  });
}

const isLayer = (node: unknown) => node instanceof RNN || node instanceof Bidirectional;

/** The cells of a recurrent layer: one, or one for each direction. */
function cellsOf(layer: RNN | Bidirectional): unknown[] {
  if (layer instanceof RNN) return [layer.cell];
  return [layer.forwardRnn, layer.backwardRnn].map((rnn) => (rnn instanceof RNN ? rnn.cell : undefined));
}

function layerDrafts(layer: RNN | Bidirectional, at: Place, index: number): Draft[] {
  return cellsOf(layer).flatMap((cell, direction) =>
    cellDrafts(cell, at, `_l${index}${direction === 0 ? "" : "_reverse"}`),
  );
}

/** What an array or a module in a row holds. */
function itemsOf(node: unknown): readonly unknown[] {
  if (node instanceof Sequential) return node.layers;
  if (Array.isArray(node)) return node;
  return typeof node === "object" &&
    node !== null &&
    Symbol.iterator in node &&
    !(node instanceof Map) &&
    !(node instanceof Set)
    ? [...(node as Iterable<unknown>)]
    : [];
}

/** The recurrent layers of a stack: two or more in a row, with nothing that has parameters between. */
function stackOf(node: unknown): (RNN | Bidirectional)[] {
  const items = itemsOf(node);
  const layers = items.filter(isLayer);
  const isStack = layers.length > 1 && items.every((item) => isLayer(item) || !hasParams(item));
  return isStack ? layers : [];
}

function hasParams(item: unknown): boolean {
  return iterVariables(item).some(([, variable]) => variable instanceof Param);
}

/** Whether PyTorch makes all layers as one: cells of one class and size, each fed with what the one before answers. */
function isUniform(layers: readonly (RNN | Bidirectional)[]): boolean {
  const [first, ...others] = layers.map((layer) => cellsOf(layer).map(sizesOf));
  const sizes = first![0];
  if (!sizes) return false;
  const all = [first!, ...others];
  return all.every(
    (cells, i) =>
      cells.length === first!.length &&
      cells.every(
        (cell) =>
          cell?.type === sizes.type &&
          cell.hidden === sizes.hidden &&
          cell.input === (i === 0 ? sizes.input : sizes.hidden * cells.length),
      ),
  );
}

function sizesOf(cell: unknown): { type: string; input: number; hidden: number } | undefined {
  if (!gatesOf(cell)) return undefined;
  const { inFeatures: input, hiddenFeatures: hidden } = cell as GRUCell;
  return { type: typeOf(cell), input, hidden };
}

function typeOf(cell: unknown): string {
  if (cell instanceof GRUCell) return "GRU";
  return cell instanceof SimpleCell ? "RNN" : "LSTM";
}

/** Recurrent layers in a row are the layers of one `nn.LSTM`, or modules of a list, as the file has it. */
const stackRule: Rule = {
  matches: (node) => stackOf(node).length > 0,
  drafts(node: unknown, at) {
    const layers = stackOf(node);
    const isOne = at.isWritten ? isUniform(layers) : at.holds("weight_ih_l0");
    return isOne ? layers.flatMap((layer, index) => layerDrafts(layer, at, index)) : [];
  },
  child: (key, at, node: unknown) => (node instanceof Sequential && key === "layers" ? at : undefined),
};

const layerRule: Rule = {
  matches: isLayer,
  drafts: (layer: RNN | Bidirectional, at) => layerDrafts(layer, at, 0),
};

const cellRule: Rule = {
  matches: (node) => node instanceof RNNCellBase && gatesOf(node) !== undefined,
  drafts: (cell: RNNCellBase, at) => cellDrafts(cell, at, ""),
};

/** The rules for recurrent layers and cells. */
export const recurrentRules: readonly Rule[] = [stackRule, layerRule, cellRule];
