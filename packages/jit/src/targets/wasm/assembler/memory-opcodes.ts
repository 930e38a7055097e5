/** @file Instructions that read or write memory, by the names of the WebAssembly specification. */

/** Bytes of the opcode with its prefix, and the logarithm of the natural alignment, which atomics need exactly. */
type MemoryOpcode = readonly [opcode: readonly number[], alignment: number];

/** Those that take an offset. */
export const MEMORY_OPCODES = {
  // Scalars
  "i32.load": [[0x28], 2],
  "i64.load": [[0x29], 3],
  "f32.load": [[0x2a], 2],
  "f64.load": [[0x2b], 3],
  "i32.load8_s": [[0x2c], 0],
  "i32.load8_u": [[0x2d], 0],
  "i32.load16_s": [[0x2e], 1],
  "i32.load16_u": [[0x2f], 1],
  "i32.store": [[0x36], 2],
  "i64.store": [[0x37], 3],
  "f32.store": [[0x38], 2],
  "f64.store": [[0x39], 3],
  "i32.store8": [[0x3a], 0],
  "i32.store16": [[0x3b], 1],
  // Vectors
  "v128.load": [[0xfd, 0x00], 4],
  "v128.load32x2_s": [[0xfd, 0x05], 3],
  "v128.load32x2_u": [[0xfd, 0x06], 3],
  "v128.load8_splat": [[0xfd, 0x07], 0],
  "v128.load32_splat": [[0xfd, 0x09], 2],
  "v128.load64_splat": [[0xfd, 0x0a], 3],
  "v128.store": [[0xfd, 0x0b], 4],
  "v128.load32_zero": [[0xfd, 0x5c], 2],
  "v128.load64_zero": [[0xfd, 0x5d], 3],
  // Atomics, of shared memory
  "memory.atomic.notify": [[0xfe, 0x00], 2],
  "memory.atomic.wait32": [[0xfe, 0x01], 2],
  "memory.atomic.wait64": [[0xfe, 0x02], 3],
  "i32.atomic.load": [[0xfe, 0x10], 2],
  "i32.atomic.store": [[0xfe, 0x17], 2],
  "i32.atomic.rmw.add": [[0xfe, 0x1e], 2],
  "i32.atomic.rmw.sub": [[0xfe, 0x25], 2],
  "i32.atomic.rmw.and": [[0xfe, 0x2c], 2],
  "i32.atomic.rmw.or": [[0xfe, 0x33], 2],
  "i32.atomic.rmw.xor": [[0xfe, 0x3a], 2],
  "i32.atomic.rmw.xchg": [[0xfe, 0x41], 2],
  "i32.atomic.rmw.cmpxchg": [[0xfe, 0x48], 2],
} as const satisfies Record<string, MemoryOpcode>;

/** Those that take an offset and the number of a lane. */
export const MEMORY_LANE_OPCODES = {
  "v128.load32_lane": [[0xfd, 0x56], 2],
  "v128.load64_lane": [[0xfd, 0x57], 3],
  "v128.store32_lane": [[0xfd, 0x5a], 2],
  "v128.store64_lane": [[0xfd, 0x5b], 3],
} as const satisfies Record<string, MemoryOpcode>;
