import "@nnx-js/tensor";
export { loader, type Loader } from "./data/loader.ts";
export type { LoaderOptions, WithMask } from "./data/options.ts";
export type { MapInfo } from "./data/pass.ts";
export { LoaderState, type Position } from "./data/position.ts";
export type {
  BatchOf,
  Dtypes,
  ExampleOf,
  Examples,
  Mask,
  Masked,
  NumberArray,
  Source,
  TensorTree,
} from "./data/types.ts";
export { DataSourceError, LogError, NonFiniteError, TrainingWorkerError } from "./errors.ts";
export type {
  BeginEvent,
  CheckpointEvent,
  EndEvent,
  EpochEvent,
  EvaluatedEndEvent,
  EvaluateEvent,
  Figures,
  LogEvent,
  PlateauEvent,
  RestoreEvent,
  TrainEvent,
  TrainHandlers,
  Watcher,
} from "./loop/events.ts";
export type { Every } from "./loop/every.ts";
export type { Patience, Watched } from "./loop/monitor.ts";
export type {
  CheckpointOptions,
  EvaluateOptions,
  StepInfo,
  TrainOptions,
  WatchedNames,
} from "./loop/options.ts";
export { type EndOf, type Progress, train, type Training } from "./loop/train.ts";
export type { EvaluationOf, MetricsOf, StepValues } from "./loop/values.ts";
export { AUC, type AUCOptions } from "./metrics/auc.ts";
export { ConfusionMatrix, type ConfusionMatrixOptions } from "./metrics/confusion-matrix.ts";
export { Perplexity } from "./metrics/perplexity.ts";
export {
  type ClassAverage,
  type ClassScoreOptions,
  F1Score,
  FBetaScore,
  type FBetaScoreOptions,
  Precision,
  Recall,
} from "./metrics/precision-recall.ts";
export type { PredictionUpdates } from "./metrics/predictions.ts";
export { TopKAccuracy, type TopKAccuracyOptions } from "./metrics/top-k-accuracy.ts";
export { csv } from "./watch/csv.ts";
export { type Curve, history, type History, type HistoryCurve } from "./watch/history.ts";
export { jsonLines } from "./watch/json-lines.ts";
export type { LogTarget } from "./watch/log-target.ts";
export { type EventPort, postEvents } from "./watch/post-events.ts";
export { progressBar, type ProgressBarOptions, type ProgressStream } from "./watch/progress-bar.ts";
export { renderCurve, type RenderCurveOptions } from "./watch/render-curve.ts";
export {
  type HistogramOptions,
  tensorBoard,
  type TensorBoard,
  type TensorBoardOptions,
} from "./watch/tensorboard/writer.ts";
export { type MessageEndpoint, serveTraining, type WorkerContext } from "./worker/serve-training.ts";
export {
  trainInWorker,
  type TrainInWorkerOptions,
  type TrainingWorker,
  type WorkerLimits,
} from "./worker/train-in-worker.ts";
