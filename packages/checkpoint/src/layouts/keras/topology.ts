/** @file The layers that the topology of a Keras model lists, in order. */

/** A layer of a topology. */
export interface TopologyLayer {
  /** Its name below those of the models around it. */
  readonly names: readonly string[];
  /** How Keras 3 calls it in its files of weights: class and number, `layers/dense_1`. */
  readonly stored: readonly string[];
  /** Its class, that of the layer inside for a wrapper: `Dense`. */
  readonly className: string;
  /** Its settings, those of the layer inside for a wrapper. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** Nobody nests models deeper. */
const MAX_DEPTH = 32;

/** Classes that hold one other layer, and how their settings call it. */
const WRAPPERS: Readonly<Record<string, string>> = {
  TimeDistributed: "layer",
  Bidirectional: "layer",
  SpectralNormalization: "layer",
  RNN: "cell",
};

/**
 * The layers of a topology, those of models inside models in their place.
 *
 * @param texts what a file holds beside its tensors: `modelTopology` of TensorFlow.js, `model_config` of Keras's HDF5
 *   files, `config` of `.keras` files
 * @returns undefined where the file holds no topology, or one of another kind
 */
export function topologyOf(texts: Readonly<Record<string, string>>): TopologyLayer[] | undefined {
  const text = texts["modelTopology"] ?? texts["model_config"];
  if (text === undefined) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const model = objectAt(json, "model_config") ?? json;
  const layers: TopologyLayer[] = [];
  return addModel(model, [], [], layers) ? layers : undefined;
}

/** Adds the layers of a model; answers whether it is one. */
function addModel(
  model: unknown,
  names: readonly string[],
  stored: readonly string[],
  all: TopologyLayer[],
): boolean {
  const config = fieldOf(model, "config");
  const layers: unknown = Array.isArray(config) ? config : fieldOf(config, "layers");
  if (!Array.isArray(layers) || names.length > MAX_DEPTH) return false;
  const counts = new Map<string, number>();
  for (const layer of layers as unknown[]) {
    const className = textAt(layer, "class_name");
    if (className === undefined) continue;
    const settings = objectAt(layer, "config") ?? {};
    const name = textAt(settings, "name") ?? textAt(layer, "name") ?? "";
    const snake = snakeCase(className);
    const count = counts.get(snake) ?? 0;
    counts.set(snake, count + 1);
    const place = [...stored, "layers", count === 0 ? snake : `${snake}_${count}`];
    if (addModel(layer, [...names, name], place, all)) continue;
    all.push({ names: [...names, name], stored: place, ...unwrapped(className, settings) });
  }
  return true;
}

/** The layer inside wrappers. */
function unwrapped(
  className: string,
  config: Record<string, unknown>,
): Pick<TopologyLayer, "className" | "config"> {
  let found = { className, config };
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const inside = Object.hasOwn(WRAPPERS, found.className)
      ? objectAt(found.config, WRAPPERS[found.className]!)
      : undefined;
    const inner = textAt(inside, "class_name");
    if (inner === undefined) break;
    found = { className: inner, config: objectAt(inside, "config") ?? {} };
  }
  return { ...found, className: found.className.replace(/Cell$/, "") };
}

/** A class's name as Keras 3 writes it in files: `Conv2DTranspose` is `conv2d_transpose`. */
function snakeCase(name: string): string {
  const words = name.replaceAll(/\W+/g, "").replaceAll(/(.)([A-Z][a-z]+)/g, "$1_$2");
  return words.replaceAll(/([a-z])([A-Z])/g, "$1_$2").toLowerCase();
}

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

function objectAt(value: unknown, name: string): Record<string, unknown> | undefined {
  const found = fieldOf(value, name);
  return typeof found === "object" && found !== null ? (found as Record<string, unknown>) : undefined;
}

function textAt(value: unknown, name: string): string | undefined {
  const found = fieldOf(value, name);
  return typeof found === "string" ? found : undefined;
}
