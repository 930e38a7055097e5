/** @file Finds what was compiled for the arguments of a call. */
import type { Executable } from "./executable.ts";
import type { Binding } from "./binding.ts";
import { anchorOf } from "../tree/anchor.ts";
import type { StructureKey } from "../tree/key.ts";

/** How many bindings one Module keeps: a view more than that is walked over again in each call. */
const BINDINGS = 16;

/**
 * Executables by the structure of the arguments, and bindings by the first Module in them. Modules are held weakly:
 * what was learnt about them goes with them.
 */
export class Cache {
  static readonly name: string = "Cache";
  private executables: Executable[] = [];
  private anchored = new WeakMap<object, Binding[]>();
  /** For arguments without Modules. */
  private unanchored: Binding[] = [];

  /** The number of executables. */
  get size(): number {
    this.prune();
    return this.executables.length;
  }

  /** The binding of an earlier call with the same Modules, the same static values and tensors of the same shapes. */
  findBinding(args: readonly unknown[], backendName: string): Binding | undefined {
    const bindings = this.bindingsOf(args);
    if (bindings) {
      for (const binding of bindings) if (binding.accepts(args, backendName)) return binding;
    }
    return undefined;
  }

  /** Remembers a binding of a call with these arguments. */
  addBinding(args: readonly unknown[], binding: Binding): void {
    let bindings = this.bindingsOf(args);
    if (!bindings) this.anchored.set(anchorOf(args)!, (bindings = []));
    bindings.unshift(binding);
    if (bindings.length > BINDINGS) bindings.pop();
  }

  /** What was compiled for arguments of this structure, of which none is a Variable that the function closes over. */
  findExecutable(key: StructureKey, backendName: string, objects: readonly object[]): Executable | undefined {
    return this.executables.find(
      (executable) =>
        executable.backendName === backendName &&
        executable.key.equals(key) &&
        executable.suitsCaptured() &&
        executable.origins.suits(objects) &&
        !executable.captures(objects),
    );
  }

  addExecutable(executable: Executable): void {
    this.prune();
    this.executables.push(executable);
  }

  /** Frees everything. */
  clear(): void {
    for (const executable of this.executables) executable.dispose();
    this.executables = [];
    this.anchored = new WeakMap();
    this.unanchored = [];
  }

  private bindingsOf(args: readonly unknown[]): Binding[] | undefined {
    const anchor = anchorOf(args);
    return anchor ? this.anchored.get(anchor) : this.unanchored;
  }

  private prune(): void {
    const dead = this.executables.filter(({ key }) => key.isDead);
    if (dead.length === 0) return;
    for (const executable of dead) executable.dispose();
    this.executables = this.executables.filter(({ isDisposed }) => !isDisposed);
  }
}
