/** @file The pipelines of a device: one for each text. */
import { COMPUTE_STAGE } from "./usage.ts";

/** With more than this, those that nobody uses are let go. */
const MOST = 512;

/** Makes the pipelines of launches, which all have the same bindings: the heap, and a piece of a table. */
export class Pipelines {
  readonly groupLayout: GPUBindGroupLayout;
  private readonly device: GPUDevice;
  private readonly layout: GPUPipelineLayout;
  private readonly entries = new Map<string, { readonly pipeline: GPUComputePipeline; users: number }>();

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

  /** Takes the pipeline of a module with the text `code`, whose entry point is `main`. */
  take(code: string, label: string): GPUComputePipeline {
    let entry = this.entries.get(code);
    if (!entry) {
      const { device, layout } = this;
      const module = device.createShaderModule({ code, label });
      const pipeline = device.createComputePipeline({
        layout,
        compute: { module, entryPoint: "main" },
        label,
      });
      this.entries.set(code, (entry = { pipeline, users: 0 }));
    }
    entry.users++;
    return entry.pipeline;
  }

  /** Gives one back. Some that nobody uses are kept for those who compile the same again. */
  release(code: string): void {
    const entry = this.entries.get(code);
    if (!entry) return;
    entry.users--;
    for (const [text, { users }] of this.entries) {
      if (this.entries.size <= MOST) return;
      if (users === 0) this.entries.delete(text);
    }
  }
}
