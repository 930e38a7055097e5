/** @file The layers of a model that hold weights, with what Keras calls them. */
import {
  Bidirectional,
  Cache,
  childrenOf,
  type FlatState,
  isPytree,
  isVariable,
  Intermediate,
  iterModules,
  kindOf,
  LinearGeneral,
  MetricState,
  type Module,
  MultiHeadAttention,
  OptState,
  type Parent,
  type Path,
  Perturbation,
  RngState,
  RNN,
  RNNCellBase,
  type Variable,
} from "@nnx-js/nn";
import { ruleOf } from "./rules.ts";
import { same, type Slot } from "./slots.ts";

/** A layer of the model. */
export interface Unit {
  readonly path: Path;
  readonly module: Module;
  /** Its path as names joined by "/", as far as it says something: without the cell of an RNN. */
  readonly key: string;
  /** What stands before the names of its weights when they are written, `""` for the model itself. */
  readonly prefix: string;
  readonly kind: string;
  readonly slots: readonly Slot[];
}

/** The layers of `node` that hold any of `leaves`, in the order in which their attributes were set. */
export function unitsOf(node: unknown, leaves: FlatState): Unit[] {
  const modules = new Map([...iterModules(node)].map(([path, module]) => [JSON.stringify(path), module]));
  const order = orderOf(node);
  const known = new Set<unknown>(leaves.map(([, leaf]) => leaf));
  const taken = new Set<unknown>();
  const units: Unit[] = [];
  // Cells come before the layers inside them, which have their weights.
  const outer = [...modules].map(([place, module]) => ({ path: JSON.parse(place) as Path, module }));
  for (const { path, module } of outer.sort((a, b) => a.path.length - b.path.length)) {
    const rule = ruleOf(module);
    const isOwn = (leaf: unknown) => known.has(leaf) && !taken.has(leaf);
    const slots = rule?.slots.filter((slot) => slot.leaves.every(isOwn)) ?? [];
    if (!rule || slots.length === 0) continue;
    for (const slot of slots) for (const leaf of slot.leaves) taken.add(leaf);
    units.push({ path, module, ...namesOf(path, module, modules), slots, kind: kindIn(rule.kind, path, modules) }); // prettier-ignore
  }
  units.sort((a, b) => order.get(a.module)! - order.get(b.module)!);
  return [...units, ...ownUnits(leaves, taken, modules, node)];
}

/** Weights of classes of the user's own: a layer of Keras of the same names. */
function ownUnits(
  leaves: FlatState,
  taken: ReadonlySet<unknown>,
  modules: ReadonlyMap<string, Module>,
  node: unknown,
): Unit[] {
  const units = new Map<string, Unit & { slots: Slot[] }>();
  for (const [path, leaf] of leaves) {
    if (taken.has(leaf) || !isWeight(leaf)) continue;
    const parent = path.slice(0, -1);
    const key = parent.join("/");
    const module = modules.get(JSON.stringify(parent)) ?? (node as Module);
    const unit = units.get(key) ?? { path: parent, module, key, prefix: key, kind: "others", slots: [] };
    unit.slots.push(same(String(path.at(-1)), leaf));
    units.set(key, unit);
  }
  return [...units.values()];
}

/** Variables that Keras has no place for. */
const OTHERS = [RngState, Cache, Intermediate, Perturbation, OptState, MetricState];

function isWeight(leaf: unknown): leaf is Variable {
  return isVariable(leaf) && !OTHERS.some((kind) => leaf instanceof kind);
}

/** The projections of attention are told from other layers. */
function kindIn(kind: string, path: Path, modules: ReadonlyMap<string, Module>): string {
  const parent = modules.get(JSON.stringify(path.slice(0, -1)));
  return kind === "einsum" && parent instanceof MultiHeadAttention ? "attention" : kind;
}

function namesOf(
  path: Path,
  module: Module,
  modules: ReadonlyMap<string, Module>,
): { key: string; prefix: string } {
  const at = (length: number) => modules.get(JSON.stringify(path.slice(0, length)));
  const names = path.map(String);
  const end = names.length - 1;
  if (module instanceof LinearGeneral && at(end) instanceof MultiHeadAttention) {
    const written = names[end] === "out" ? "attention_output" : names[end]!;
    return { key: names.join("/"), prefix: [...names.slice(0, end), written].join("/") };
  }
  const isCell = module instanceof RNNCellBase && at(end) instanceof RNN && names[end] === "cell";
  if (!isCell) return { key: names.join("/"), prefix: names.join("/") };
  const direction =
    at(end - 1) instanceof Bidirectional && /^(forward|backward)Rnn$/.exec(names[end - 1]!)?.[1];
  if (!direction) return { key: names.slice(0, end).join("/"), prefix: names.slice(0, end).join("/") };
  const outer = names.slice(0, end - 1);
  const layer = { LSTMCell: "lstm", OptimizedLSTMCell: "lstm", GRUCell: "gru" }[module.constructor.name] ?? "simple_rnn"; // prettier-ignore
  return { key: [...outer, direction].join("/"), prefix: [...outer, `${direction}_${layer}`].join("/") };
}

/** The place of each module in the order in which attributes were set, which is that of the constructor's lines. */
function orderOf(node: unknown): Map<unknown, number> {
  const order = new Map<unknown, number>();
  const visit = (value: unknown) => {
    const kind = kindOf(value);
    if ((kind !== "pytree" && kind !== "container") || order.has(value)) return;
    order.set(value, order.size);
    const parent = value as Parent;
    const set =
      isPytree(parent) || !(Array.isArray(parent) || parent instanceof Map) ? Object.keys(parent) : [];
    const rank = new Map(set.map((name, i) => [name, i]));
    const children = childrenOf(parent).map(([key, child], i) => ({ child, at: rank.get(String(key)) ?? i }));
    for (const { child } of children.sort((a, b) => a.at - b.at)) visit(child);
  };
  visit(node);
  return order;
}
