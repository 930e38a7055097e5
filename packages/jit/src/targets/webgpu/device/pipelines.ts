/** @file The pipelines of a device: one for each text. */
import { COMPUTE_STAGE } from "./usage.ts";

/** Makes the pipelines of launches, which all have the same bindings: the heap, and a piece of a table. */
export class Pipelines {
  readonly groupLayout: GPUBindGroupLayout;
  private readonly device: GPUDevice;
  private readonly layout: GPUPipelineLayout;
  private readonly pipelines = new Map<string, GPUComputePipeline>();

  constructor(device: GPUDevice) {
    this.device = device;
    this.groupLayout = device.createBindGroupLayout({
      entries: [
        { binding: 0, visibility: COMPUTE_STAGE, buffer: { type: "storage" } },
        {
          binding: 1,
          visibility: COMPUTE_STAGE,
          buffer: { type: "read-only-storage", hasDynamicOffset: true },
        },
      ],
    });
    this.layout = device.createPipelineLayout({ bindGroupLayouts: [this.groupLayout] });
  }

  /** The pipeline of a module with the text `code`, whose entry point is `main`. */
  of(code: string, label: string): GPUComputePipeline {
    let pipeline = this.pipelines.get(code);
    if (!pipeline) {
      const { device, layout } = this;
      const module = device.createShaderModule({ code, label });
      pipeline = device.createComputePipeline({ layout, compute: { module, entryPoint: "main" }, label });
      this.pipelines.set(code, pipeline);
    }
    return pipeline;
  }
}
