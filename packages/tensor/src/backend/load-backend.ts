/** @file Loads the package of a backend, which registers it, after checking that it can work here. */
import { replaceBroadcastMatMul } from "../kernels/replaced/broadcast-mat-mul.ts";
import { replaceCpuTensorScatterUpdate } from "../kernels/replaced/cpu-tensor-scatter-update.ts";
import { replaceCpuUnsortedSegmentSum } from "../kernels/replaced/cpu-unsorted-segment-sum.ts";
import { replaceEinsum } from "../kernels/replaced/einsum.ts";
import { replaceGpuMaxPool } from "../kernels/replaced/gpu-max-pool.ts";
import { replacePad } from "../kernels/replaced/gpu-pad.ts";
import { replaceCpuMaxPool, replaceWasmMaxPool } from "../kernels/replaced/max-pool.ts";
import { replaceWasmConvolution } from "../kernels/replaced/wasm-convolution.ts";
import { replaceWasmDilation } from "../kernels/replaced/wasm-dilation.ts";
import { replaceWasmEmpty } from "../kernels/replaced/wasm-empty.ts";
import { replaceWasmGather } from "../kernels/replaced/wasm-gather.ts";
import { replaceWasmIdentity } from "../kernels/replaced/wasm-identity.ts";
import { replaceWasmMatMul } from "../kernels/replaced/wasm-mat-mul.ts";
import { replaceWebGlDivision } from "../kernels/replaced/webgl-division.ts";
import { replaceWebGpuBincount } from "../kernels/replaced/webgpu-bincount.ts";
import { replaceWebGpuCast } from "../kernels/replaced/webgpu-cast.ts";
import { replaceWebGpuCumulative } from "../kernels/replaced/webgpu-cumulative.ts";
import { replaceWebGpuUnsortedSegmentSum } from "../kernels/replaced/webgpu-unsorted-segment-sum.ts";
import type { BackendName } from "./backend-name.ts";
import { importPackage } from "./import-package.ts";
import { prepareWebGl } from "./webgl.ts";
import { prepareWebGpu } from "./webgpu.ts";

/** Folder of the `.wasm` files, or the address of each by its file name. */
export type WasmPaths = string | Readonly<Record<string, string>>;

/** What the loading of a backend depends on. */
export interface LoadOptions {
  allowSoftware: boolean;
  wasmPaths: WasmPaths | undefined;
}

interface WasmPackage {
  setWasmPaths: (paths: WasmPaths) => void;
}

/** Throws, with the reason, when the backend cannot work here. */
export const loadBackend: Record<BackendName, (options: LoadOptions) => Promise<void>> = {
  async cpu() {
    await importPackage("@tensorflow/tfjs-backend-cpu", () => import("@tensorflow/tfjs-backend-cpu"));
    replaceCpuTensorScatterUpdate();
    replaceCpuMaxPool();
    replaceCpuUnsortedSegmentSum();
    replaceBroadcastMatMul("cpu");
    replaceEinsum("cpu");
  },

  async wasm({ wasmPaths }) {
    const { setWasmPaths } = await importPackage<WasmPackage>(
      "@tensorflow/tfjs-backend-wasm",
      () => import("@tensorflow/tfjs-backend-wasm"),
    );
    replaceWasmConvolution();
    replaceWasmDilation();
    replaceWasmEmpty();
    replaceWasmGather();
    replaceWasmIdentity();
    replaceWasmMatMul();
    replaceWasmMaxPool();
    // In Node the package finds the files beside itself.
    if (wasmPaths === undefined) return;
    const isFolder = typeof wasmPaths === "string";
    setWasmPaths(isFolder && !wasmPaths.endsWith("/") ? `${wasmPaths}/` : wasmPaths);
  },

  async webgl({ allowSoftware }) {
    prepareWebGl(allowSoftware);
    await importPackage("@tensorflow/tfjs-backend-webgl", () => import("@tensorflow/tfjs-backend-webgl"));
    replaceBroadcastMatMul("webgl");
    replaceEinsum("webgl");
    replaceWebGlDivision();
    replaceGpuMaxPool("webgl");
    replacePad("webgl");
  },

  async webgpu({ allowSoftware }) {
    await prepareWebGpu(allowSoftware);
    // After the line above: the package registers nothing where there is no navigator.gpu yet.
    await importPackage("@tensorflow/tfjs-backend-webgpu", () => import("@tensorflow/tfjs-backend-webgpu"));
    replaceBroadcastMatMul("webgpu");
    replaceEinsum("webgpu");
    replaceWebGpuBincount();
    replaceGpuMaxPool("webgpu");
    replacePad("webgpu");
    replaceWebGpuCast();
    replaceWebGpuCumulative();
    replaceWebGpuUnsortedSegmentSum();
  },
};
