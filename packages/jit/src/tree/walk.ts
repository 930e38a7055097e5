/** @file Walks over arguments: their pattern, the tensors in them, and everything that has an identity. */
import {
  BorrowedStore,
  isGraphDef,
  isPytree,
  isState,
  isVariable,
  type State,
  type Variable,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { isMade, partsOfConstant } from "./constant.ts";
import { contentOf, isBytes } from "./content.ts";
import {
  countsOf,
  getterKeysOf,
  hiddenKeysOf,
  isEnumerable,
  MAX_DEPTH,
  namesOf,
  ownerOf,
} from "./own-properties.ts";
import { type ListPattern, NEVER, type Pattern, type Properties } from "./pattern.ts";
import { originOf } from "./origin.ts";
import { article, classNameOf, type Refusal } from "./refusal.ts";

/** A tensor in the arguments and the container or node in which it stands. */
interface Leaf {
  readonly parent: object;
  readonly key: unknown;
  readonly tensor: tf.Tensor;
}

/** What a walk found. */
export interface Walk {
  readonly pattern: ListPattern;
  /** Nodes, Variables and containers by their index. */
  readonly objects: readonly object[];
  readonly leaves: readonly Leaf[];
  /** Whether there are functions, which should not be kept alive. */
  readonly hasFunctions: boolean;
}

/** Options of {@link walkArguments}. */
export interface WalkOptions {
  /** Whether the first argument is the `this` of the call. */
  readonly hasThis?: boolean | undefined;
}

/** Walks over the arguments of a call, once for each object: shared ones stay shared, cycles end. */
export function walkArguments(
  args: unknown[],
  refusal: Refusal,
  { hasThis = false }: WalkOptions = {},
): Walk {
  return new Walker(refusal, hasThis).walk(args);
}

/** Own properties of functions that say nothing about a call. */
const OF_FUNCTIONS: ReadonlySet<PropertyKey> = new Set([
  "length",
  "name",
  "prototype",
  "arguments",
  "caller",
]);
/** Where a random key comes from is no state, either. */
const OF_VARIABLES: ReadonlySet<PropertyKey> = new Set([
  "store",
  "metadata",
  Symbol.for("@nnx-js/nn/origin"),
]);
const NONE: ReadonlySet<PropertyKey> = new Set();

class Walker {
  readonly #objects: object[] = [];
  readonly #leaves: Leaf[] = [];
  readonly #indices = new Map<object, number>();
  readonly #path: unknown[] = [];
  #hasFunctions = false;
  readonly #refusal: Refusal;
  readonly #hasThis: boolean;

  constructor(refusal: Refusal, hasThis: boolean) {
    this.#refusal = refusal;
    this.#hasThis = hasThis;
  }

  walk(args: unknown[]): Walk {
    const index = this.#number(args);
    const children = args.map((child, i) => this.#below(args, i, child, false));
    const pattern: ListPattern = {
      kind: "list",
      index,
      prototype: Array.prototype,
      children,
      properties: EMPTY,
    };
    return { pattern, objects: this.#objects, leaves: this.#leaves, hasFunctions: this.#hasFunctions };
  }

  #number(object: object): number {
    const index = this.#objects.length;
    this.#objects.push(object);
    this.#indices.set(object, index);
    return index;
  }

  #below(parent: object, key: unknown, child: unknown, inNode: boolean): Pattern {
    this.#path.push(key);
    if (this.#path.length > MAX_DEPTH) throw this.#tooDeep();
    const pattern = this.#visit(child, parent, key, inNode);
    this.#path.pop();
    return pattern;
  }

  #visit(value: unknown, parent: object, key: unknown, inNode: boolean): Pattern {
    const isFunction = typeof value === "function";
    if ((typeof value !== "object" && !isFunction) || value === null) return { kind: "static", value };
    const known = this.#indices.get(value);
    if (known !== undefined) return { kind: "reference", index: known };
    if (isVariable(value)) return this.#variable(value);
    if (isPytree(value)) {
      this.#refusal.assertVisible(value, this.#where);
      return {
        kind: "node",
        index: this.#number(value),
        node: value,
        properties: this.#properties(value, true),
      };
    }
    if (value instanceof tf.Variable) {
      return { kind: "tfVariable", index: this.#number(value), variable: value };
    }
    if (value instanceof tf.Tensor) return this.#tensor(value, parent, key);
    if (isState(value)) return this.#state(value, inNode);
    if (isGraphDef(value)) return { kind: "definition", signature: value.signature() };
    if (inNode || isMade(value)) {
      const parts = isFunction && !isMade(value) ? undefined : partsOfConstant(value);
      if (parts) return { kind: "constant", value, parts };
    }
    if (isFunction) {
      return this.#fn(value, inNode);
    }
    return this.#container(value, inNode);
  }

  #fn(value: object, inNode: boolean): Pattern {
    this.#hasFunctions = true;
    const reference = new WeakRef(value);
    const counts = countsOf(value, inNode);
    const without = new Set([...OF_FUNCTIONS, ...getterKeysOf(value)]);
    const isPlain = namesOf(value).length === 0 && hiddenKeysOf(value).every((key) => without.has(key));
    if (isPlain) return { kind: "function", reference, counts, set: undefined };
    const index = this.#number(value);
    const properties = this.#properties(value, inNode, without);
    return { kind: "function", reference, counts, set: { index, properties } };
  }

  #container(value: object, inNode: boolean): Pattern {
    const prototype = Object.getPrototypeOf(value) as object | null;
    const content = contentOf(value);
    if (content && isBytes(value) && !inNode) {
      throw this.#refusal.of(this.#where, article(classNameOf(value)), "Pass a tensor: tf.tensor(values).");
    }
    const isKnown = content ?? (Array.isArray(value) || value instanceof Map || value instanceof Set);
    if (isKnown) this.#refusal.assertVisible(value, this.#where);
    else if (prototype !== Object.prototype) this.#refusal.assertOnlyProperties(value, this.#where);

    const index = this.#number(value);
    if (content) {
      const properties = isBytes(value) ? undefined : this.#properties(value, inNode);
      return { kind: "content", index, prototype, content, properties };
    }
    if (Array.isArray(value)) {
      const children: Pattern[] = [];
      for (let i = 0; i < value.length; i++) {
        children.push(i in value ? this.#below(value, i, value[i], inNode) : { kind: "absent" });
      }
      return { kind: "list", index, prototype, children, properties: this.#properties(value, inNode) };
    }
    if (value instanceof Map) {
      const entries = [...(value as Map<unknown, unknown>)];
      const keys = entries.map(([at]) => this.#fixed(value, at, at, inNode, "the key of a Map"));
      const children = entries.map(([at, child]) => this.#below(value, at, child, inNode));
      return { kind: "map", index, prototype, keys, children, properties: this.#properties(value, inNode) };
    }
    if (value instanceof Set) {
      const children = [...(value as Set<unknown>)].map((item, i) =>
        this.#fixed(value, i, item, inNode, "a Set that holds tensors or Modules"),
      );
      return { kind: "set", index, prototype, children, properties: this.#properties(value, inNode) };
    }
    return { kind: "record", index, prototype, properties: this.#properties(value, inNode) };
  }

  /** The pattern of what stands where no tensor can take its place. */
  #fixed(parent: object, key: unknown, value: unknown, inNode: boolean, found: string): Pattern {
    const isSet = parent instanceof Set;
    if (value instanceof tf.Tensor || (isSet && (isVariable(value) || isPytree(value)))) {
      const what = isSet ? found : "a tensor that is the key of a Map";
      throw this.#refusal.of(
        this.#where,
        what,
        "Pass a plain object, an array or a Map, or let the class extend Pytree.",
      );
    }
    return this.#below(parent, key, value, inNode);
  }

  #properties(object: object, inNode: boolean, without = NONE): Properties {
    const names = namesOf(object);
    const children = names.map((name) => {
      const owner = ownerOf(object, name);
      const property = Object.getOwnPropertyDescriptor(owner, name)!;
      const isState = owner === object || "value" in property;
      return isState ? this.#property(owner, name, property, inNode) : undefined;
    });
    const hidden = hiddenKeysOf(object).filter((key) => !without.has(key));
    return {
      names,
      children,
      quick: children.map((child) =>
        child?.kind === "variable" || child?.kind === "node" ? child.kind : "other",
      ),
      same: children.map((child) =>
        child?.kind === "static" || child?.kind === "constant" ? child.value : NEVER,
      ),
      hidden,
      hiddenChildren: hidden.map((key) =>
        this.#property(object, key, Object.getOwnPropertyDescriptor(object, key)!, inNode),
      ),
      areEnumerable: hidden.map((key) => isEnumerable(object, key)),
      frozen: Object.isFrozen(object) ? object : undefined,
      counts: countsOf(object, inNode),
    };
  }

  #property(owner: object, key: PropertyKey, property: PropertyDescriptor, inNode: boolean): Pattern {
    if (!("value" in property)) {
      this.#path.push(key);
      throw this.#refusal.of(
        this.#where,
        "a getter",
        "Pass what it gives, { ...object }, or make it a getter of a class that computes from plain attributes.",
      );
    }
    const value: unknown = property.value;
    // A Module's tensor in whose place no other one can be put, while the function is traced or in another call.
    const isFixed = property.writable === false && property.configurable === false;
    if (inNode && isFixed && value instanceof tf.Tensor && !(value instanceof tf.Variable))
      return { kind: "static", value };
    if (
      value instanceof tf.Tensor &&
      (owner instanceof Map || owner instanceof Set || owner instanceof Date)
    ) {
      this.#path.push(key);
      throw this.#refusal.of(
        this.#where,
        `a tensor as a property of ${article(classNameOf(owner))}`,
        "Pass it beside that object.",
      );
    }
    return this.#below(owner, key, value, inNode);
  }

  #variable(variable: Variable): Pattern {
    const { shape, dtype, metadata } = variable;
    const index = this.#number(variable);
    this.#refusal.assertVisible(variable, this.#where);
    const attributes = Reflect.ownKeys(variable).filter((key) => !OF_VARIABLES.has(key));
    const children = attributes.map((key) =>
      this.#property(variable, key, Object.getOwnPropertyDescriptor(variable, key)!, true),
    );
    const borrowed = isBorrowed(variable);
    return {
      kind: "variable",
      index,
      variable,
      borrowed,
      shape: [...shape],
      dtype,
      metadata,
      settled: undefined,
      attributes,
      children,
    };
  }

  #tensor(tensor: tf.Tensor, parent: object, key: unknown): Pattern {
    this.#leaves.push({ parent, key, tensor });
    return { kind: "tensor", leaf: this.#leaves.length - 1, shape: [...tensor.shape], dtype: tensor.dtype };
  }

  #state(state: State, inNode: boolean): Pattern {
    const index = this.#number(state);
    const entries: number[] = [];
    const leaves = state.entries.map((entry) => {
      entries.push(this.#number(entry));
      const [path, leaf] = entry;
      this.#path.push(...path);
      const pattern = this.#visit(leaf, entry, 1, inNode);
      this.#path.length -= path.length;
      return pattern;
    });
    const paths = state.entries.map(([path]) => [...path]);
    return { kind: "state", index, paths, leaves, entries, origin: originOf(state) };
  }

  #tooDeep(): Error {
    this.#path.length = 4;
    const found = `more than ${MAX_DEPTH} levels`;
    return this.#refusal.of(this.#where, found, "Keep parts of one kind in an array, next to each other.");
  }

  /** Where the walk is, as people write it. */
  get #where(): string {
    const [first, ...rest] = this.#path;
    return [rootName(Number(first), this.#hasThis), ...rest.map(String)].join(".");
  }
}

const EMPTY: Properties = {
  names: [],
  children: [],
  quick: [],
  same: [],
  hidden: [],
  hiddenChildren: [],
  areEnumerable: [],
  frozen: undefined,
  counts: { all: -1, names: -1, symbols: -1 },
};

/** What the `index`-th of the arguments is called. */
export function rootName(index: number, hasThis: boolean): string {
  if (!hasThis) return `argument ${index}`;
  return index === 0 ? "this" : `argument ${index - 1}`;
}

/** Whether the Variable's tensor belongs to somebody else. */
export function isBorrowed(variable: Variable): boolean {
  return variable.store instanceof BorrowedStore;
}
