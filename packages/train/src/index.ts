export { DataSourceError } from "./errors.ts";
export type {
  BeginEvent,
  CheckpointEvent,
  EndEvent,
  EpochEvent,
  EvaluateEvent,
  Figures,
  LogEvent,
  PlateauEvent,
  RestoreEvent,
  TrainEvent,
  TrainHandlers,
  Watcher,
} from "./loop/events.ts";
