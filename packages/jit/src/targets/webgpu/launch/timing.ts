/** @file How long each launch of one call takes, by the clock of the GPU. */
import { MAP_MODE_READ, USAGE } from "../device/usage.ts";

/** Bytes of one reading of the clock. */
const READING = 8;

/** Times at most so many launches: what a set of queries holds, two for each. */
const MOST = 2048;

/** Whether a device can tell the time. */
export function hasClock(device: GPUDevice): boolean {
  return device.features.has("timestamp-query");
}

/** Readings of the clock around the launches of one call. */
export class Timing {
  private readonly count: number;
  private readonly queries: GPUQuerySet;
  private readonly readings: GPUBuffer;
  private readonly copy: GPUBuffer;

  constructor(device: GPUDevice, launches: number) {
    this.count = Math.min(launches, MOST);
    const size = Math.max(2 * READING * this.count, 256);
    this.queries = device.createQuerySet({ type: "timestamp", count: Math.max(2, 2 * this.count) });
    this.readings = device.createBuffer({ size, usage: USAGE.QUERY_RESOLVE | USAGE.COPY_SRC });
    this.copy = device.createBuffer({ size, usage: USAGE.COPY_DST | USAGE.MAP_READ });
  }

  /** A pass for launch `i` alone. */
  passOf(i: number): GPUComputePassDescriptor {
    if (i >= this.count) return {};
    const { queries } = this;
    return {
      timestampWrites: {
        querySet: queries,
        beginningOfPassWriteIndex: 2 * i,
        endOfPassWriteIndex: 2 * i + 1,
      },
    };
  }

  /** Records that the readings are brought out. */
  resolve(encoder: GPUCommandEncoder): void {
    if (this.count === 0) return;
    encoder.resolveQuerySet(this.queries, 0, 2 * this.count, this.readings, 0);
    encoder.copyBufferToBuffer(this.readings, 0, this.copy, 0, this.copy.size);
  }

  /** Milliseconds of each launch; frees everything. */
  async read(): Promise<number[]> {
    try {
      await this.copy.mapAsync(MAP_MODE_READ);
      const nanoseconds = new BigInt64Array(this.copy.getMappedRange());
      return Array.from(
        { length: this.count },
        (_, i) => Number(nanoseconds[2 * i + 1]! - nanoseconds[2 * i]!) / 1e6,
      );
    } finally {
      this.queries.destroy();
      this.readings.destroy();
      this.copy.destroy();
    }
  }
}
