/** @file One training run: a model, its two views, and the steps that it takes. */
import { jit, type Jitted } from "@nnx-js/jit";
import { clone, iterVariables, type Module, Param, type Rngs, valueAndGrad } from "@nnx-js/nn";
import { Optimizer } from "@nnx-js/optim";
import { view } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";
import type { ViewTrees } from "../protocol/events.ts";
import type { Settings, ViewName } from "../protocol/settings.ts";
import { CommandError } from "./faults.ts";
import { Losses } from "./losses.ts";
import { modeAt, type ModeChange, withMode } from "./modes.ts";
import type { Batch, RatedState, Task } from "./tasks/task.ts";
import { treeOf, VariableNumbers } from "./trees.ts";

/** What a step works on, and changes. */
export type StepArguments = [
  model: Module,
  optimizer: Optimizer<Module, RatedState>,
  batch: Batch,
  rngs: Rngs,
];

/** One step of the optimiser; gives the loss before it. */
export type StepFunction = (...args: StepArguments) => tf.Scalar;

/** Where a policy forbids WebAssembly, what was recorded runs kernel by kernel. */
const ANYWHERE = { fallback: "kernels" } as const;

/** A model in training. */
export class Run {
  readonly settings: Settings;
  readonly task: Task;
  readonly optimizer: Optimizer<Module, RatedState>;
  readonly losses = new Losses();
  /** One step, kernel by kernel, and compiled. */
  readonly steps: { readonly eager: StepFunction; readonly compiled: Jitted<StepFunction> };
  /** Steps that were taken. */
  step = 0;
  /** Of the next step. */
  learningRate: number;
  private views: Record<ViewName, Module>;
  private readonly changes: Record<ViewName, Map<string, ModeChange>> = { train: new Map(), eval: new Map() };
  private readonly numbers = new VariableNumbers();
  private readonly measure: Jitted<(model: Module, batch: Batch, rngs: Rngs) => tf.Scalar>;
  private batches: AsyncIterator<Batch> | undefined;
  /** A mode has changed: the next step shows what comes of it. */
  isModeNew = false;

  constructor(settings: Settings, task: Task) {
    const { model, modes } = task;
    this.settings = settings;
    this.learningRate = settings.learningRate;
    this.task = task;
    this.optimizer = new Optimizer(model, task.transformation, { wrt: Param });
    this.views = { train: view(model, modes.train as never), eval: view(model, modes.eval as never) };
    const step = stepOf(task);
    this.steps = {
      eager: (...args) => tf.tidy(() => step(...args)),
      compiled: jit(step, { name: "step", ...ANYWHERE }),
    };
    this.measure = jit((model: Module, batch: Batch, rngs: Rngs) => task.lossOf(model, batch, rngs), {
      name: "loss",
      ...ANYWHERE,
    });
  }

  /** What training changes: all that a file of this run holds. */
  get state(): object {
    const { model, rngs, data } = this.task;
    return { model, optimizer: this.optimizer, rngs, data };
  }

  /** Both views as trees. */
  get trees(): ViewTrees {
    const { fixedModes } = this.task;
    return {
      train: treeOf(this.views.train, this.numbers, fixedModes),
      eval: treeOf(this.views.eval, this.numbers, fixedModes),
    };
  }

  /** Modes that are others than the task gave. */
  get modeChanges(): Record<ViewName, readonly ModeChange[]> {
    return { train: [...this.changes.train.values()], eval: [...this.changes.eval.values()] };
  }

  /** The next step, without waiting for it; `isMeasured` has the evaluation view measured in any case. */
  async advance(isMeasured = false): Promise<void> {
    const batch = await this.nextBatch();
    const { train, eval: evaluated } = this.views;
    const { rngs, evalInterval, heldBack } = this.task;
    const loss = this.steps[this.settings.execution](train, this.optimizer, batch, rngs);
    this.step++;
    const isDue = isMeasured || this.isModeNew || this.step === 1 || this.step % evalInterval === 0;
    this.isModeNew = false;
    this.losses.add(this.step, loss, isDue ? this.lossOn(evaluated, heldBack) : null);
  }

  /** What `step` would be called with now, on a copy of everything that it changes; free it by `disposeAll`. */
  async copy(): Promise<StepArguments> {
    const { train } = this.views;
    const { optimizer } = this;
    const { rngs, heldBack } = this.task;
    const size = this.task.data.batchSize;
    const copied = clone({ train, optimizer, rngs });
    const batch = tf.tidy(() =>
      Object.fromEntries(
        Object.entries(heldBack).map(([name, all]) => [
          name,
          tf.slice(all, [0, ...all.shape.slice(1).map(() => 0)], [size, ...all.shape.slice(1)]),
        ]),
      ),
    );
    return [copied.train, copied.optimizer, batch, copied.rngs];
  }

  /** The loss of the evaluation view on what is held back; the model stays as it is. */
  heldBackLoss(): tf.Scalar {
    return this.look((model) => this.lossOn(model, this.task.heldBack));
  }

  /**
   * Calls `fn` with the evaluation view. In modes in which it would change statistics or draw random numbers it is a
   * copy that does: who looks at a model does not change what it learns.
   */
  look<R>(fn: (model: Module) => R): R {
    if (this.changes.eval.size === 0) return fn(this.views.eval);
    const copy = clone(this.views.eval);
    const free = () => copy.dispose();
    let result: R;
    try {
      result = fn(copy);
    } catch (error) {
      free();
      throw error;
    }
    if (result instanceof Promise) void result.then(free, free);
    else free();
    return result;
  }

  /** Measures the evaluation view anew after the last step: that point of the curve gets another loss. */
  measureAgain(): void {
    const { last } = this.losses;
    if (last?.step === this.step) this.losses.add(last.step, tf.scalar(last.train), this.heldBackLoss());
  }

  /** Makes a view anew, with one mode changed. */
  setMode(name: ViewName, change: ModeChange): void {
    this.views[name] = withMode(this.views[name], change);
    this.isModeNew = true;
    const key = JSON.stringify([change.path, change.mode]);
    const initial = this.task.modes[name][change.mode] ?? modeAt(this.task.model, change.path, change.mode);
    if (change.value === initial) this.changes[name].delete(key);
    else this.changes[name].set(key, change);
  }

  /** Takes back all changes of modes, and makes these. */
  setModes(changes: Record<ViewName, readonly ModeChange[]>): void {
    const { model, modes } = this.task;
    for (const name of ["train", "eval"] as const) {
      this.views[name] = view(model, modes[name] as never);
      this.changes[name].clear();
      for (const change of changes[name]) this.setMode(name, change);
    }
  }

  /** Takes effect in the next step; nothing is compiled again. */
  setLearningRate(value: number): void {
    if (!(Number.isFinite(value) && value >= 0)) {
      throw new CommandError(`expected a learning rate of at least 0, found ${value}`);
    }
    this.learningRate = value;
    this.optimizer.optState.hyperparams.learningRate.value = tf.scalar(value);
  }

  /** Leaves the data, so that its place may be loaded; the next step takes it up again. */
  async leaveData(): Promise<void> {
    await this.batches?.return?.();
    this.batches = undefined;
  }

  async dispose(): Promise<void> {
    await this.leaveData();
    this.losses.dispose();
    for (const each of [this.steps.compiled, this.measure, this.optimizer, this.task]) each.dispose();
  }

  private lossOn(model: Module, batch: Batch): tf.Scalar {
    const { execution } = this.settings;
    const { rngs } = this.task;
    return execution === "compiled"
      ? this.measure(model, batch, rngs)
      : tf.tidy(() => this.task.lossOf(model, batch, rngs));
  }

  private async nextBatch(): Promise<Batch> {
    this.batches ??= this.task.data[Symbol.asyncIterator]();
    const { value } = await this.batches.next();
    return value as Batch;
  }
}

/** Frees what `copy` gave. */
export function disposeAll([model, optimizer, batch, rngs]: StepArguments): void {
  for (const [, variable] of iterVariables({ model, optimizer, rngs })) variable.dispose();
  tf.dispose(batch);
}

function stepOf(task: Task): StepFunction {
  return (model, optimizer, batch, rngs) => {
    const [loss, grads] = valueAndGrad((model: Module) => task.lossOf(model, batch, rngs))(model);
    optimizer.update(model, grads);
    return loss;
  };
}
