import "@nnx-js/tensor";
export type { CheckpointDirectory, NewFile } from "./checkpointer/checkpoint-directory.ts";
export { Checkpointer, type Restored, type RestoreOptions } from "./checkpointer/checkpointer.ts";
export { DamagedStepError } from "./checkpointer/damaged-step-error.ts";
export type { Directory } from "./checkpointer/open-directory.ts";
export type { CheckpointerOptions, SaveStepOptions } from "./checkpointer/options.ts";
export type { BestMetric } from "./checkpointer/retention.ts";
export {
  CheckpointMismatchError,
  FileFormatError,
  LossyConversionError,
  type Mismatch,
  StorageError,
} from "./errors.ts";
export { readLayersModel } from "./keras/layers-model.ts";
export { readKeras } from "./keras/read-keras.ts";
export {
  type LayersModelFiles,
  writeLayersModel,
  type WriteLayersModelOptions,
} from "./keras/write-layers-model.ts";
export type { Layout, Link, SettingDifference, StoredNames, StoredPart } from "./layouts/layout.ts";
export type { LayoutName } from "./layouts/named.ts";
export { loadModel, type LoadOptions, type LoadReport } from "./model/load-model.ts";
export type { Transform, TransformInfo } from "./model/read-values.ts";
export type { Rename, Renamed } from "./model/rename.ts";
export { saveModel, type SaveOptions } from "./model/save-model.ts";
export type { SnapshotOptions } from "./model/snapshot.ts";
export type { StoredArray } from "./safetensors/encode.ts";
export type { Integers, ReadOptions, TensorToWrite, WriteOptions } from "./safetensors/options.ts";
export type { StoredTensor, TensorsToWrite } from "./safetensors/plan.ts";
export { readSafetensors } from "./safetensors/read-safetensors.ts";
export { saveSafetensors, writeSafetensors } from "./safetensors/write-safetensors.ts";
export type { ByteSource, Source } from "./source/byte-source.ts";
export type { SourceFiles } from "./source/file-set.ts";
export { httpSource } from "./source/http-source.ts";
export { openSource } from "./source/open-source.ts";
export type { ByteTarget, Target } from "./target/byte-target.ts";
export { deleteFile } from "./target/delete-file.ts";
export { type MemoryTarget, memoryTarget } from "./target/memory-target.ts";
export { openTarget } from "./target/open-target.ts";
export type { StoredDtype, TensorFile, TensorInfo } from "./tensor-file.ts";
