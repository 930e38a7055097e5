/** @file Settings that a topology tells otherwise than the layers of a model have them. */
import {
  BatchNorm,
  Conv,
  ConvTranspose,
  GroupNorm,
  GRUCell,
  hardSigmoid,
  LayerNorm,
  LSTMCell,
  OptimizedLSTMCell,
  relu,
  RMSNorm,
  sigmoid,
  SimpleCell,
  tanh,
} from "@nnx-js/nn";
import type { SettingDifference } from "../layout.ts";
import type { Matches } from "./match.ts";

type Config = Readonly<Record<string, unknown>>;
type Setting = readonly [name: string, model: unknown, file: unknown];

/** The differences of all layers that were found. */
export function settingDifferences(matches: Matches): SettingDifference[] {
  return [...matches].flatMap(([{ path, module }, { topology }]) => {
    const settings = topology ? settingsOf(module, topology.config) : [];
    return settings
      .filter(([, model, file]) => file !== undefined && !isEqual(model, file))
      .map(([setting, model, file]) => ({ path, setting, model, file }));
  });
}

/** What a layer has and what the file tells, for the settings that both know. */
function settingsOf(module: object, config: Config): Setting[] {
  if (module instanceof BatchNorm) {
    return [number("epsilon", module.epsilon, config), number("momentum", module.momentum, config)];
  }
  if (module instanceof GroupNorm) {
    const { groups } = config;
    return [number("epsilon", module.epsilon, config), ["numGroups", module.numGroups, groups === -1 ? module.numFeatures : groups]]; // prettier-ignore
  }
  if (module instanceof LayerNorm || module instanceof RMSNorm) {
    return [number("epsilon", module.epsilon, config)];
  }
  if (module instanceof Conv || module instanceof ConvTranspose) return convSettings(module, config);
  const isGated =
    module instanceof LSTMCell || module instanceof OptimizedLSTMCell || module instanceof GRUCell;
  if (isGated) {
    return [
      ["gateFn", nameOf(module.gateFn), activation(config["recurrent_activation"])],
      ["activationFn", nameOf(module.activationFn), activation(config["activation"])],
    ];
  }
  if (module instanceof SimpleCell) {
    return [["activationFn", nameOf(module.activationFn), activation(config["activation"])]];
  }
  return [];
}

const number = (name: string, model: number, config: Config): Setting => [name, model, config[name]];

function convSettings(module: Conv | ConvTranspose, config: Config): Setting[] {
  const axes = module.kernelSize.length;
  const each = (value: unknown) => (typeof value === "number" ? Array<number>(axes).fill(value) : value);
  const padding = typeof config["padding"] === "string" ? config["padding"].toUpperCase() : undefined;
  // A 1×1 kernel of a SeparableConv2D has the settings of the other one.
  if (module.kernelSize.every((size) => size === 1)) return [];
  return [
    ["padding", module.padding, padding],
    ["strides", module.strides, each(config["strides"])],
    ["kernelDilation", module.kernelDilation, each(config["dilation_rate"])],
  ];
}

/** Functions by their names in Keras; others are not compared. */
const FUNCTIONS = new Map<unknown, string>([
  [sigmoid, "sigmoid"],
  [tanh, "tanh"],
  [relu, "relu"],
  [hardSigmoid, "hardSigmoid"],
]);

function nameOf(fn: unknown): string | undefined {
  return FUNCTIONS.get(fn);
}

/** The activation of a topology; undefined for what is no name. */
function activation(value: unknown): unknown {
  return typeof value === "string" ? value : undefined;
}

function isEqual(model: unknown, file: unknown): boolean {
  if (model === undefined) return true;
  return model === file || (Array.isArray(model) && Array.isArray(file) && model.join() === file.join());
}
