export { ExportArgumentError, UnsupportedExportError } from "./errors.ts";
export { type Exportable, exportOnnx, type ExternalOnnx } from "./onnx/export-onnx.ts";
export type { ExportOnnxOptions } from "./onnx/options.ts";
export { exportStableHlo, type StableHloOptions } from "./stablehlo/export-stablehlo.ts";
export type { Precision } from "./stablehlo/mlir/builder.ts";
