/** @file Finds the links of all leaves of a model, by rules for the modules that hold them. */
import {
  assertDepth,
  childrenOf,
  type FlatState,
  type Key,
  kindOf,
  type Parent,
  type Path,
  type StateLeaf,
} from "@nnx-js/nn";
import { type Draft, one } from "./draft.ts";
import type { Link, StoredNames } from "./layout.ts";
import { FileNames, snakeCase } from "./names.ts";

/** Where something stands in the file: what its names begin with. */
export class Place {
  readonly #prefix: string;
  readonly #file: FileNames | undefined;

  constructor(prefix: string, file: FileNames | undefined) {
    this.#prefix = prefix;
    this.#file = file;
  }

  /** Whether a file is written: then there are no names to look for. */
  get isWritten(): boolean {
    return this.#file === undefined;
  }

  /** The place of a child; of several keys the first below which the file has names, else the first. */
  child(...keys: readonly [string, ...string[]]): Place {
    const found = keys.length === 1 ? keys[0] : keys.find((key) => this.#file?.hasBelow(this.#joined(key)));
    return new Place(this.#joined(found ?? keys[0]), this.#file);
  }

  /** The name of a tensor here: of several the first that the file holds, else the first. */
  name(...names: readonly [string, ...string[]]): string {
    for (const name of names) {
      const found = this.#file?.find(this.#joined(name));
      if (found !== undefined) return found;
    }
    return snakeCase(this.#joined(names[0]));
  }

  /** Whether the file holds a name here. */
  holds(name: string): boolean {
    return this.#file?.find(this.#joined(name)) !== undefined;
  }

  #joined(key: string): string {
    return [this.#prefix, key].filter((part) => part !== "").join(".");
  }
}

/** How a library writes what a module or container holds. */
export interface Rule {
  /** Whether the rule is for `node`. */
  readonly matches: (node: unknown) => boolean;
  /** The drafts of leaves in `node`, at any depth; what they do not take follows the rules of its children. */
  readonly drafts?: (node: never, at: Place) => Draft[];
  /** Keys of leaves that have no place in the file. */
  readonly without?: readonly string[];
  /** The place of a child; by default the one that its key names. */
  readonly child?: (key: Key, at: Place, node: never) => Place | undefined;
}

/**
 * Whether a leaf is written, and expected in a file; written, but only loaded where a file has it; not written, but
 * loaded where a file has it; or neither.
 */
export type Presence = "always" | "optional" | "unwritten" | "never";

/** How a library writes models. */
export interface Rules {
  /** The first that matches counts. */
  readonly rules: readonly Rule[];
  /** Whether the library has a place for a leaf that no rule is for. */
  readonly presence: (leaf: StateLeaf) => Presence;
  /** Whether what is shared is written under each of its names. */
  readonly repeatsShared: boolean;
  /** What is left of a name in a file without what wrappers put into it. */
  readonly plainName: (name: string) => string;
}

/** The links of those of `leaves` that the rules have a place for. */
export function linksBy(
  rules: Rules,
  node: unknown,
  leaves: FlatState,
  file: StoredNames | undefined,
): Link[] {
  const known = new Leaves(leaves);
  if (file === undefined) {
    const drafts = draftsOf(rules, node, known, new Place("", undefined));
    return (rules.repeatsShared ? drafts : firstOfEach(drafts)).map((draft) => known.link(draft));
  }
  // Names that are found as they are go before other spellings, whichever leaf comes first.
  const exact = new FileNames(file.names, rules.plainName);
  draftsOf(rules, node, known, new Place("", exact));
  const names = new FileNames(file.names, rules.plainName, exact);
  const drafts = draftsOf(rules, node, known, new Place("", names));
  return presentOnes(drafts, new Set(file.names)).map((draft) => known.link(draft));
}

/** The leaves that are asked for, and where they stand. */
class Leaves {
  readonly #paths: ReadonlyMap<StateLeaf, Path>;
  readonly #places: ReadonlyMap<string, StateLeaf>;

  constructor(leaves: FlatState) {
    this.#paths = new Map(leaves.map(([path, leaf]) => [leaf, path]));
    this.#places = new Map(leaves.map(([path, leaf]) => [JSON.stringify(path), leaf]));
  }

  has(leaf: StateLeaf): boolean {
    return this.#paths.has(leaf);
  }

  /** What stands for a tensor that `evalShape` did not compute. */
  at(path: Path): StateLeaf | undefined {
    return this.#places.get(JSON.stringify(path));
  }

  link({ leaves, ...draft }: Draft): Link {
    return { ...draft, paths: leaves.map((leaf) => this.#paths.get(leaf)!) };
  }
}

function draftsOf({ rules, presence }: Rules, root: unknown, known: Leaves, top: Place): Draft[] {
  const drafts: Draft[] = [];
  const above: unknown[] = [];
  const path: Key[] = [];

  const visitLeaf = (leaf: StateLeaf, at: Place, name: string) => {
    const isHere = presence(leaf);
    if (isHere === "never" || (isHere === "unwritten" && at.isWritten)) return;
    if (isHere === "always" || at.isWritten || at.holds(name)) drafts.push(one(leaf, at.name(name)));
  };

  function visit(node: unknown, at: Place, name: string, outer: ReadonlySet<unknown>): void {
    const kind = kindOf(node);
    if (outer.has(node)) return;
    if (kind === "variable" || kind === "tensor") {
      visitLeaf(node as StateLeaf, at, name);
    } else if (kind === "static") {
      const leaf = typeof node === "object" && node !== null ? known.at(path) : undefined;
      if (leaf) visitLeaf(leaf, at, name);
    } else if (!above.includes(node)) {
      assertDepth(path, "model");
      visitChildren(node as Parent, name === "" ? at : at.child(name), outer);
    }
  }

  function visitChildren(node: Parent, at: Place, outer: ReadonlySet<unknown>): void {
    const rule = rules.find(({ matches }) => matches(node));
    // A rule is only asked about what it matches.
    const all = rule?.drafts?.(node as never, at) ?? [];
    const own = all.filter(({ leaves }) => !leaves.some((leaf) => outer.has(leaf)));
    drafts.push(...own);
    const inner = new Set([...outer, ...own.flatMap(({ leaves }) => leaves)]);
    above.push(node);
    for (const [key, child] of childrenOf(node)) {
      if (rule?.without?.includes(String(key))) continue;
      path.push(key);
      const elsewhere = rule?.child?.(key, at, node as never);
      visit(child, elsewhere ?? at, elsewhere ? "" : String(key), inner);
      path.pop();
    }
    above.pop();
  }

  visit(root, top, "", new Set());
  return drafts.filter(({ leaves }) => leaves.every((leaf) => known.has(leaf)));
}

/** Without drafts of leaves that others before them have. */
function firstOfEach(drafts: readonly Draft[]): Draft[] {
  const seen = new Set<StateLeaf>();
  return drafts.filter(({ leaves }) => {
    const isNew = leaves.some((leaf) => !seen.has(leaf));
    for (const leaf of leaves) seen.add(leaf);
    return isNew;
  });
}

/** Without drafts that the file has no tensors for, where it has those of another draft for the same leaves. */
function presentOnes(drafts: readonly Draft[], names: ReadonlySet<string>): Draft[] {
  const isPresent = ({ parts }: Draft) => parts.every(({ name }) => names.has(name));
  const present = new Set(drafts.filter(isPresent).flatMap(({ leaves }) => leaves));
  const rest = firstOfEach(
    drafts.filter((draft) => !isPresent(draft) && !draft.leaves.every((leaf) => present.has(leaf))),
  );
  return drafts.filter((draft) => isPresent(draft) || rest.includes(draft));
}
