/** @file Finds what was compiled for the arguments of a call. */
import type { Executable } from "./executable.ts";
import type { Binding } from "./binding.ts";
import { anchorOf } from "../tree/anchor.ts";
import type { StructureKey } from "../tree/key.ts";

/** How many bindings one Module keeps: a view more than that is walked over again in each call. */
const BINDINGS = 16;

/**
 * Executables by the structure of the arguments, and bindings by the first Module in them. Modules are held weakly:
 * what was learnt about them goes with them. An executable goes with what its key speaks of, with the cache, and when
 * there are too many and no other one was unused for longer.
 */
export class Cache {
  #executables: Executable[] = [];
  #anchored = new WeakMap<object, Binding[]>();
  /** For arguments without Modules. */
  #unanchored: Binding[] = [];
  readonly #most: number;

  /** @param most how many executables there may be */
  constructor(most: number) {
    this.#most = most;
  }

  /** The number of executables. */
  get size(): number {
    this.#prune();
    return this.#executables.length;
  }

  /** The binding of an earlier call with the same Modules, the same static values and tensors of the same shapes. */
  findBinding(args: readonly unknown[], backendName: string): Binding | undefined {
    const bindings = this.#bindingsOf(args);
    if (bindings) {
      for (const binding of bindings) if (binding.accepts(args, backendName)) return binding;
    }
    return undefined;
  }

  /** Remembers a binding of a call with these arguments. */
  addBinding(args: readonly unknown[], binding: Binding): void {
    const anchor = anchorOf(args);
    const known = anchor ? (this.#anchored.get(anchor) ?? []) : this.#unanchored;
    const bindings = [binding, ...known.filter(({ executable }) => !executable.isDisposed)];
    bindings.length = Math.min(bindings.length, BINDINGS);
    if (anchor) this.#anchored.set(anchor, bindings);
    else this.#unanchored = bindings;
  }

  /** What was compiled for arguments of this structure, of which none is a Variable that the function closes over. */
  findExecutable(key: StructureKey, backendName: string, objects: readonly object[]): Executable | undefined {
    return this.#executables.find(
      (executable) =>
        !executable.isDisposed &&
        executable.backendName === backendName &&
        executable.key.equals(key) &&
        executable.suitsCaptured() &&
        executable.origins.suits(objects) &&
        !executable.captures(objects),
    );
  }

  addExecutable(executable: Executable): void {
    this.#prune();
    executable.holdings.dieWith(this);
    this.#executables.push(executable);
    while (this.#executables.length > this.#most) {
      const oldest = this.#executables.reduce((a, b) => (b.holdings.isOlderThan(a.holdings) ? b : a));
      oldest.holdings.dispose();
      this.#prune();
    }
  }

  /** Frees everything. */
  clear(): void {
    for (const { holdings } of this.#executables) holdings.dispose();
    this.#executables = [];
    this.#anchored = new WeakMap();
    this.#unanchored = [];
  }

  #bindingsOf(args: readonly unknown[]): Binding[] | undefined {
    const anchor = anchorOf(args);
    return anchor ? this.#anchored.get(anchor) : this.#unanchored;
  }

  #prune(): void {
    this.#executables = this.#executables.filter(({ isDisposed }) => !isDisposed);
  }
}
