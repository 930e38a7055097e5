/** @file What a call returns and what it leaves in its arguments, as a plan that each call carries out. */
import {
  BorrowedStore,
  type Coverage,
  cover,
  coverageOf,
  isPytree,
  isState,
  isVariable,
  OwnedStore,
  type State,
  type StateEntry,
  type Variable,
  withStore,
} from "@nnx-js/nn";
import { ownByScope } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";

/** How to make one value of the result. */
export type Plan =
  | { readonly kind: "static"; readonly value: unknown }
  | { readonly kind: "output"; readonly output: number }
  | { readonly kind: "argument"; readonly index: number }
  | {
      readonly kind: "variable";
      readonly id: number;
      readonly like: Variable;
      readonly borrows: boolean;
      readonly output: number;
    }
  | {
      readonly kind: "state";
      readonly id: number;
      readonly prototype: object;
      readonly coverage: Coverage;
      readonly entries: readonly (readonly [StateEntry[0], Plan])[];
    }
  | { readonly kind: "list"; readonly id: number; readonly children: readonly Plan[] }
  | { readonly kind: "map"; readonly id: number; readonly children: readonly (readonly [unknown, Plan])[] }
  | {
      readonly kind: "object";
      readonly id: number;
      readonly prototype: object | null;
      readonly properties: readonly (readonly [string | symbol, PropertyDescriptor, Plan | undefined])[];
    }
  | { readonly kind: "again"; readonly id: number };

/** What a planner needs to know about the trace. */
export interface PlanContext {
  /** The number of a node, container or Variable of the arguments. */
  argumentIndex(object: object): number | undefined;
  /** Whether the function made this Variable. */
  isInner(variable: Variable): boolean;
  /** Makes a tensor an output; answers which. */
  output(tensor: tf.Tensor): number;
}

/** The plan of a value that a traced function gives. */
export function planResult(value: unknown, context: PlanContext): Plan {
  return new Planner(context).plan(value);
}

/** A plan and all plans in it. */
export function* partsOf(plan: Plan): Generator<Plan> {
  yield plan;
  switch (plan.kind) {
    case "list":
      for (const child of plan.children) yield* partsOf(child);
      break;
    case "state":
      for (const [, child] of plan.entries) yield* partsOf(child);
      break;
    case "map":
      for (const [, child] of plan.children) yield* partsOf(child);
      break;
    case "object":
      for (const [, , child] of plan.properties) if (child) yield* partsOf(child);
      break;
    default:
  }
}

class Planner {
  readonly #context: PlanContext;
  readonly #ids = new Map<object, number>();
  readonly #rebuilt = new Map<object, boolean>();

  constructor(context: PlanContext) {
    this.#context = context;
  }

  plan(value: unknown): Plan {
    if (typeof value !== "object" || value === null) return { kind: "static", value };
    const argument = this.#context.argumentIndex(value);
    if (argument !== undefined) return { kind: "argument", index: argument };
    const known = this.#ids.get(value);
    if (known !== undefined) return { kind: "again", id: known };
    if (isVariable(value)) return this.#planVariable(value);
    if (value instanceof tf.Variable) return { kind: "static", value };
    if (value instanceof tf.Tensor) return { kind: "output", output: this.#context.output(value) };
    // What does not hold anything of this call is the same in all: a captured model, a table of numbers.
    if (!isTree(value) || (isPytree(value) && !this.#needsRebuilding(value)))
      return { kind: "static", value };
    const id = this.#number(value);
    if (isState(value)) {
      const entries = value.entries.map(([path, leaf]) => [path, this.plan(leaf)] as const);
      const prototype = Object.getPrototypeOf(value) as object;
      return { kind: "state", id, prototype, coverage: coverageOf(value), entries };
    }
    if (Array.isArray(value)) {
      return { kind: "list", id, children: value.map((child: unknown) => this.plan(child)) };
    }
    if (value instanceof Map) {
      const children = [...(value as Map<unknown, unknown>)].map(
        ([key, child]) => [key, this.plan(child)] as const,
      );
      return { kind: "map", id, children };
    }
    const prototype = Object.getPrototypeOf(value) as object | null;
    const properties = Reflect.ownKeys(value).map((key) => {
      const descriptor = Object.getOwnPropertyDescriptor(value, key)!;
      return [key, descriptor, "value" in descriptor ? this.plan(descriptor.value) : undefined] as const;
    });
    return { kind: "object", id, prototype, properties };
  }

  #planVariable(variable: Variable): Plan {
    if (!this.#context.isInner(variable)) return { kind: "static", value: variable };
    const id = this.#number(variable);
    const borrows = variable.store instanceof BorrowedStore;
    return {
      kind: "variable",
      id,
      like: variable,
      borrows,
      output: this.#context.output(variable.store.read()),
    };
  }

  #number(value: object): number {
    const id = this.#ids.size;
    this.#ids.set(value, id);
    return id;
  }

  /** Whether something below belongs to the call: an argument's part, a tensor, a Variable that was made. */
  #needsRebuilding(value: unknown): boolean {
    if (typeof value !== "object" || value === null) return false;
    if (this.#context.argumentIndex(value) !== undefined) return true;
    if (isVariable(value)) return this.#context.isInner(value);
    if (value instanceof tf.Tensor) return !(value instanceof tf.Variable);
    if (!isTree(value)) return false;
    const known = this.#rebuilt.get(value);
    if (known !== undefined) return known;
    this.#rebuilt.set(value, false);
    const needs = childrenOfTree(value).some((child) => this.#needsRebuilding(child));
    this.#rebuilt.set(value, needs);
    return needs;
  }
}

/** Makes what a plan says from the outputs of a call and the objects of its arguments. */
export function carryOut(plan: Plan, outputs: readonly tf.Tensor[], objects: readonly object[]): unknown {
  // The usual results need no memory of what was made.
  if (plan.kind === "output") return outputs[plan.output];
  if (plan.kind === "static") return plan.value;
  return new Builder(outputs, objects).build(plan);
}

/** Builds several values that may share parts. */
export class Builder {
  readonly #outputs: readonly tf.Tensor[];
  readonly #objects: readonly object[];
  readonly #made: object[] = [];

  constructor(outputs: readonly tf.Tensor[], objects: readonly object[]) {
    this.#outputs = outputs;
    this.#objects = objects;
  }

  build(plan: Plan): unknown {
    switch (plan.kind) {
      case "static":
        return plan.value;
      case "output":
        return this.#outputs[plan.output];
      case "argument":
        return this.#objects[plan.index];
      case "again":
        return this.#made[plan.id];
      case "variable": {
        const tensor = this.#outputs[plan.output]!;
        const store = plan.borrows ? new BorrowedStore(tensor) : new OwnedStore(tensor);
        const variable = withStore(plan.like, store);
        if (!plan.borrows) ownByScope(variable);
        return (this.#made[plan.id] = variable);
      }
      case "state": {
        const entries: StateEntry[] = [];
        // The constructor would sort what is sorted.
        const state = Object.assign(Object.create(plan.prototype) as State, { entries });
        cover(state, plan.coverage);
        this.#made[plan.id] = state;
        // A State's leaves are tensors and Variables, and were planned as such.
        for (const [path, leaf] of plan.entries) entries.push([path, this.build(leaf) as StateEntry[1]]);
        return state;
      }
      case "list": {
        const list: unknown[] = (this.#made[plan.id] = []);
        for (const child of plan.children) list.push(this.build(child));
        return list;
      }
      case "map": {
        const map = new Map<unknown, unknown>();
        this.#made[plan.id] = map;
        for (const [key, child] of plan.children) map.set(key, this.build(child));
        return map;
      }
      default:
        return this.#buildObject(plan);
    }
  }

  #buildObject({ id, prototype, properties }: Extract<Plan, { kind: "object" }>): object {
    const object = Object.create(prototype) as object;
    this.#made[id] = object;
    for (const [key, descriptor, child] of properties) {
      const value: unknown = child && this.build(child);
      Object.defineProperty(object, key, child ? { ...descriptor, value } : descriptor);
    }
    return object;
  }
}

function isTree(value: object): boolean {
  if (isPytree(value) || isState(value) || Array.isArray(value) || value instanceof Map) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function childrenOfTree(value: object): unknown[] {
  if (value instanceof Map) return [...value.values()];
  if (isState(value)) return value.entries.map(([, leaf]) => leaf);
  return Reflect.ownKeys(value).flatMap((key) => {
    const property = Object.getOwnPropertyDescriptor(value, key)!;
    return "value" in property ? [property.value as unknown] : [];
  });
}
