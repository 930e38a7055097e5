/** @file Usages of buffers, as WebGPU numbers them: Node has no global constants before Dawn is loaded. */

export const USAGE = {
  MAP_READ: 0x1,
  COPY_SRC: 0x4,
  COPY_DST: 0x8,
  STORAGE: 0x80,
  QUERY_RESOLVE: 0x200,
} as const;

/** `GPUShaderStage.COMPUTE`. */
export const COMPUTE_STAGE = 0x4;

/** `GPUMapMode.READ`. */
export const MAP_MODE_READ = 0x1;
