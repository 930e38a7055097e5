/** @file `train`: the loop that makes steps, and tells what comes of them. */
import type { EndEvent, EvaluatedEndEvent, EvaluateEvent, LogEvent } from "./events.ts";
import { type AnyTrainOptions, checkTrainOptions, type TrainOptions } from "./options.ts";
import { Run } from "./run.ts";
import type { EvaluationOf, MetricsOf, StepValues } from "./values.ts";

/** What iterating over a run gives: figures of steps, and evaluations where there are any. */
export type Progress<Values, Evaluation> =
  | LogEvent<MetricsOf<Values>>
  | ([Evaluation] extends [never] ? never : EvaluateEvent<EvaluationOf<Evaluation>>);

/** What a run ends with: its figures are there for certain where `evaluate` has `atEnd: true`. */
export type EndOf<Evaluation, AtEnd extends boolean> = [AtEnd] extends [true]
  ? EvaluatedEndEvent<EvaluationOf<Evaluation>>
  : EndEvent<EvaluationOf<Evaluation>>;

/** A training run that is about to begin: it does when somebody iterates over it, or calls `run`. */
export class Training<Event, End extends EndEvent = EndEvent> implements AsyncIterable<Event> {
  static readonly name: string = "Training";
  private readonly options: AnyTrainOptions;

  /** @internal */
  constructor(options: AnyTrainOptions) {
    this.options = options;
  }

  /** Trains, and gives figures as they come; once more, it goes on from where the data and the state are. */
  [Symbol.asyncIterator](): AsyncGenerator<Event, End, undefined> {
    // The events of a run have the types that follow from its options.
    return new Run(this.options).events() as unknown as AsyncGenerator<Event, End, undefined>;
  }

  /** Trains to the end; for those who listen by `on` and `watch`. */
  async run(): Promise<End> {
    const events = this[Symbol.asyncIterator]();
    for (;;) {
      const { done, value } = await events.next();
      if (done) return value;
    }
  }
}

/**
 * Makes a step for each batch of the data, and gives the figures of the steps:
 *
 * ```ts
 * const data = loader({ x, y }, { batchSize: 32, shuffle: rngs, epochs: 10 });
 * for await (const { step, epoch, metrics } of train({
 *   data,
 *   step: ({ x, y }) => trainStep(model, optimizer, x, y),
 *   log: 100,
 * })) {
 *   console.log(step, epoch, metrics.loss);
 * }
 * ```
 *
 * Figures are read while the next step runs. Between steps the model can be measured and saved, and an `AbortSignal` is
 * heard; others, such as timers and the frames of a page, get a turn every 16 milliseconds. Whatever ends the run, an
 * error of the data, of a step, of a handler, a `break`: the state is that after the last whole step, and the loader goes
 * on with the batch after it. After a figure that is NaN or infinite, `state` gets the values of the last log that was
 * in order.
 *
 * @throws InvalidArgumentError for wrong options; what the run throws, the loop over it does
 */
export function train<
  Batch,
  Values extends StepValues,
  Evaluation extends object = never,
  AtEnd extends boolean = false,
>(
  options: TrainOptions<Batch, Values, Evaluation, AtEnd>,
): Training<Progress<Values, Evaluation>, EndOf<Evaluation, AtEnd>> {
  checkTrainOptions(options);
  // The functions among the options get what the types say.
  return new Training(options);
}
