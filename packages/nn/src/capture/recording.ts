/** @file What a capture collects, module by module, and who looks after its tensors meanwhile. */
import * as tf from "@tensorflow/tfjs-core";
import { isContainer, type Key, type Path } from "../graph/kinds.ts";
import { State } from "../graph/state.ts";
import { mapLeaves } from "../graph/map-leaves.ts";
import { borrowingVariable, type Variable } from "../variable/variable.ts";
import { type Recorder, RECORDER, recorderOf, type SowOptions, type VariableClass } from "./recorder.ts";
import { perturb, sow } from "./sow.ts";

/** Values by name: tensors, or arrays, `Map`s and plain objects of them. */
export type Values = Map<string, unknown>;

/** The number of captures in progress. */
let sessions = 0;

/** Whether a capture is in progress: what modules compute now may be recorded. */
export function isCapturing(): boolean {
  return sessions > 0;
}

/** One run of a captured function. */
export class Session {
  isOpen = true;
  private readonly recordings: Recording[] = [];
  /** Copies that belong to this session, so that they outlive every `tf.tidy` in the function. */
  private readonly kept = new Set<tf.Tensor>();

  constructor() {
    sessions++;
  }

  /** Lets `module`, which stands at `path`, record values of `types`. */
  attach(module: object, path: Path, types: Iterable<VariableClass>): Recording {
    const recording = new Recording(this, module, path, types);
    this.recordings.push(recording);
    return recording;
  }

  /** Protects the tensors in `next`, which takes the place of `previous`, and frees those no longer in use. */
  replace(previous: unknown, next: unknown): unknown {
    const used = new Set<tf.Tensor>();
    const mine = mapLeaves(next, (leaf) => {
      if (!(leaf instanceof tf.Tensor)) return leaf;
      const own = this.kept.has(leaf) ? leaf : tf.keep(leaf.clone());
      this.kept.add(own);
      used.add(own);
      return own;
    });
    mapLeaves(previous, (leaf) => {
      if (leaf instanceof tf.Tensor && !used.has(leaf) && this.kept.delete(leaf)) leaf.dispose();
    });
    return mine;
  }

  /** What was recorded of one type; the tensors belong to the scope around the caller. */
  collect(type: VariableClass): State {
    const entries = this.recordings.flatMap(({ path, values }) =>
      [...(values.get(type) ?? [])].flatMap(([name, value]) => entriesOf(value, [...path, name])),
    );
    // Checks the paths before anything is made.
    const tensors = new State(entries).entries;
    return new State(tensors.map(([path, tensor]) => [path, variableOf(type, tensor as tf.Tensor)]));
  }

  /** Frees everything, and lets no module record any more. */
  close(): void {
    sessions--;
    this.isOpen = false;
    for (const recording of this.recordings) recording.detach();
    for (const tensor of this.kept) tensor.dispose();
    this.kept.clear();
  }
}

/** What one module recorded in one session. */
export class Recording implements Recorder {
  readonly session: Session;
  readonly path: Path;
  readonly values: ReadonlyMap<VariableClass, Values>;
  /** The recording of the capture around this one. */
  private readonly outer: Recorder | undefined;
  private readonly module: object;

  constructor(session: Session, module: object, path: Path, types: Iterable<VariableClass>) {
    this.session = session;
    this.module = module;
    this.path = path;
    this.values = new Map([...types].map((type) => [type, new Map()]));
    this.outer = recorderOf(module);
    Object.defineProperty(module, RECORDER, { value: this, configurable: true, enumerable: false });
  }

  /** Puts `value` under `name`, in place of what stands there. */
  set(type: VariableClass, name: string, value: unknown): void {
    const values = this.values.get(type)!;
    values.set(name, this.session.replace(values.get(name), value));
  }

  sow<Value, Sum>(type: VariableClass, name: string, value: Value, options: SowOptions<Value, Sum>): boolean {
    if (this.collects(type)) return sow(this, this.module, type, name, value, options);
    return this.outer?.sow(type, name, value, options) ?? false;
  }

  perturb<T extends tf.Tensor>(type: VariableClass, name: string, value: T): T {
    if (this.collects(type)) return perturb(this, this.module, type, name, value);
    return this.outer?.perturb(type, name, value) ?? value;
  }

  detach(): void {
    if (this.outer === undefined) delete (this.module as { [RECORDER]?: Recorder })[RECORDER];
    else Object.defineProperty(this.module, RECORDER, { value: this.outer, configurable: true });
  }

  /** Whether values of `type` belong here: a capture takes those of its types, and leaves others to the one around. */
  private collects(type: VariableClass): boolean {
    return this.session.isOpen && this.values.has(type);
  }
}

/** The tensors in `value` with their paths; a number becomes a scalar. */
function entriesOf(value: unknown, path: Path): [Path, tf.Tensor][] {
  if (value instanceof tf.Tensor) return [[path, value]];
  if (typeof value === "number") return [[path, tf.scalar(value)]];
  if (!isContainer(value)) return [];
  const children: Iterable<[Key, unknown]> = Array.isArray(value)
    ? value.entries()
    : value instanceof Map
      ? value
      : Object.entries(value);
  return [...children].flatMap(([key, child]) => entriesOf(child, [...path, key]));
}

/** A Variable whose value, like a gradient, belongs to the scope around. */
function variableOf(type: VariableClass, value: tf.Tensor): Variable {
  // The constructors of Variables take a value, of a narrower type in some subclasses.
  const owner = new (type as new (value: tf.Tensor) => Variable)(value.clone());
  const variable = borrowingVariable(owner, value.clone());
  owner.dispose();
  return variable;
}
