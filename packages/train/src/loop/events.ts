/** @file What happens in a training run, as plain objects with a `type`. */

/** What every event says. */
interface Happening {
  /** How many steps were done, those before the run was resumed included: 1 after the first. */
  readonly step: number;
  /** The pass over the data that the step belongs to, from 0. */
  readonly epoch: number;
}

/** The figures of an event by name. */
export type Figures = Readonly<Record<string, number>>;

/** The run begins, or goes on. */
export interface BeginEvent extends Happening {
  readonly type: "begin";
  /** Steps of the whole run; undefined where the data do not tell. */
  readonly totalSteps: number | undefined;
  /** Steps of one pass over the data; undefined where the data do not tell. */
  readonly stepsPerEpoch: number | undefined;
  /** Examples in a batch; undefined where the data do not tell. */
  readonly batchSize: number | undefined;
}

/** A checkpoint was loaded: the run goes on from there. */
export interface RestoreEvent extends Happening {
  readonly type: "restore";
  /** The figures that were saved with it. */
  readonly metrics: Figures;
  /** The texts that were saved with it. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** The figures of a few steps, the last of which is `step`. */
export interface LogEvent<Metrics = Figures> extends Happening {
  readonly type: "log";
  /** The mean of each figure over the steps since the last log; none is of another epoch. */
  readonly metrics: Metrics;
  /** How many steps those are. */
  readonly steps: number;
  /** How many examples they had, without padding; undefined where the data do not tell. */
  readonly examples: number | undefined;
  /** Seconds since the last log, or the begin; what was evaluated and saved in between does not count. */
  readonly seconds: number;
}

/** The model was measured on what it does not learn from. */
export interface EvaluateEvent<Metrics = Readonly<Record<string, unknown>>> extends Happening {
  readonly type: "evaluate";
  /** What `evaluate` gave; scalar tensors have become numbers. */
  readonly metrics: Metrics;
}

/** A checkpoint is being written; the values in it are those after `step`. */
export interface CheckpointEvent extends Happening {
  readonly type: "checkpoint";
  /** The figures that are saved with it. */
  readonly metrics: Figures;
  /** Whether it is the best so far, by the figure that the option `best` names. */
  readonly isBest: boolean;
}

/** A pass over the data has ended. */
export interface EpochEvent<Metrics = Figures> extends Happening {
  readonly type: "epoch";
  /** The mean of each figure over the steps of the pass, as far as this run has made them. */
  readonly metrics: Metrics;
}

/** A figure has not improved for a while: time to lower the learning rate. */
export interface PlateauEvent extends Happening {
  readonly type: "plateau";
  /** The name of the figure. */
  readonly metric: string;
  /** Its best value so far. */
  readonly best: number;
}

/** The run has ended. After an error there is none. */
export interface EndEvent<Metrics = Readonly<Record<string, unknown>>> extends Happening {
  readonly type: "end";
  /**
   * `"finished"`: the data or the steps are at their end; `"aborted"`: by the signal, and the same call goes on;
   * `"stopped"`: by the option `earlyStop`.
   */
  readonly reason: "finished" | "aborted" | "stopped";
  /** What `evaluate` gave after the last step, where it measured then. */
  readonly metrics?: Metrics;
}

/** The end of a run whose last step was measured for certain: `evaluate: { atEnd: true, run }`. */
export interface EvaluatedEndEvent<Metrics> extends EndEvent<Metrics> {
  readonly metrics: Metrics;
}

/** Anything that happens in a run. */
export type TrainEvent<StepMetrics = Figures, Evaluation = Readonly<Record<string, unknown>>> =
  | BeginEvent
  | RestoreEvent
  | LogEvent<StepMetrics>
  | EvaluateEvent<Evaluation>
  | CheckpointEvent
  | EpochEvent<StepMetrics>
  | PlateauEvent
  | EndEvent<Evaluation>;

/** What is done about events, by their `type`. A promise is waited for before the run goes on. */
export type TrainHandlers<StepMetrics = Figures, Evaluation = Readonly<Record<string, unknown>>> = {
  readonly [Event in TrainEvent<StepMetrics, Evaluation> as Event["type"]]?:
    ((event: Event) => unknown) | undefined;
};

/** Follows a run from its begin to its end: a progress bar, a log file. */
export interface Watcher {
  /** Told every event, in order. A promise is waited for before the run goes on; what it throws ends the run. */
  event(event: TrainEvent): void | Promise<void>;
  /** The run is over, whether by its end, an error, or the consumer's `break`. */
  close?(): void | Promise<void>;
}
