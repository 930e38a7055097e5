/** @file The steps of a directory: written whole or not at all, listed, checked, deleted. */
import { NnxError } from "@nnx-js/nn";
import { FileFormatError, StorageError } from "../errors.ts";
import type { ByteSource } from "../source/byte-source.ts";
import type { CheckpointDirectory } from "./checkpoint-directory.ts";
import { crc32 } from "./crc32.ts";
import { DamagedStepError } from "./damaged-step-error.ts";
import { readRecord, type StepRecord } from "./step-record.ts";
import { parseStepName, type StepName, stepName, temporaryName, writerOfTemporary } from "./step-name.ts";

/** A step that stands in the directory. */
export interface StoredStep extends StepRecord {
  /** The name of its file. */
  readonly name: string;
}

/** Puts the bytes of a step out, piece by piece. */
export type WriteStep = (put: (bytes: Uint8Array) => Promise<void>) => Promise<void>;

/** Bytes that are written or checked at a time. */
const PIECE = 1 << 22;

/** The steps of a directory. Nothing is remembered of it but what the files of one name hold, which never changes. */
export class StepStore {
  readonly directory: CheckpointDirectory;
  private readonly warn: (message: string) => void;
  /** What was read from the files that were there at the last look, or what is wrong with them. */
  private records = new Map<string, StepRecord | FileFormatError>();
  private isClean: Promise<void> | undefined;

  constructor(directory: CheckpointDirectory, warn: (message: string) => void) {
    this.directory = directory;
    this.warn = warn;
  }

  /** The steps in the order in which they were saved; files whose begin cannot be read are told of and left out. */
  async list(): Promise<StoredStep[]> {
    await this.clean();
    const names = await this.names();
    const records: typeof this.records = new Map();
    const steps: StoredStep[] = [];
    for (const name of names) {
      const file = parseStepName(name);
      if (!file) continue;
      const record = this.records.get(name) ?? (await this.readRecord(name, file));
      if (!record) continue;
      records.set(name, record);
      if (!(record instanceof FileFormatError)) steps.push({ ...record, name });
    }
    this.records = records;
    return steps.sort((a, b) => a.order - b.order || a.step - b.step);
  }

  /**
   * Writes a step under a temporary name, and gives it its own when all of it is on the disk.
   *
   * @throws StorageError; then the directory is as it was
   */
  async write(step: number, write: WriteStep): Promise<void> {
    await this.clean();
    const { directory } = this;
    const temporary = temporaryName(step, directory.writer);
    try {
      let checksum = 0;
      const file = await directory.create(temporary);
      try {
        await write(async (bytes) => {
          // In pieces, so that steps of training come in between.
          for (let begin = 0; begin < bytes.length; begin += PIECE) {
            const piece = bytes.subarray(begin, begin + PIECE);
            checksum = crc32(piece, checksum);
            await file.write(piece);
          }
        });
        await file.sync();
      } catch (error) {
        await file.close().catch(() => {});
        throw error;
      }
      await file.close();
      await directory.rename(temporary, stepName({ step, checksum }));
      await directory.sync();
    } catch (cause) {
      // What remains is cleaned by the next writer.
      await directory.delete(temporary).catch(() => {});
      // What cannot be put into a file at all.
      if (cause instanceof NnxError && !(cause instanceof StorageError)) throw cause;
      throw storageError(`step ${step} could not be written to ${directory.label}`, cause);
    }
  }

  /** What is wrong with the files that the last list left out: of one step, or of all. */
  damage(step?: number): FileFormatError | undefined {
    for (const [name, record] of this.records) {
      if (!(record instanceof FileFormatError)) continue;
      if (step === undefined || parseStepName(name)?.step === step) return record;
    }
    return undefined;
  }

  /** Whether somebody has deleted a step since it was listed. */
  async isGone({ name }: StoredStep): Promise<boolean> {
    return !(await this.names()).includes(name);
  }

  /** Opens a step and checks every byte of it; the caller closes it. @throws DamagedStepError, StorageError */
  async open({ name, step }: StoredStep): Promise<ByteSource> {
    const { checksum } = parseStepName(name)!;
    const source = await this.directory.open(name).catch((cause: unknown) => {
      throw storageError(`step ${step} in ${this.directory.label} could not be read`, cause);
    });
    try {
      let found = 0;
      const piece = new Uint8Array(Math.min(PIECE, source.size));
      for (let begin = 0; begin < source.size; begin += PIECE) {
        const bytes = piece.subarray(0, Math.min(PIECE, source.size - begin));
        await source.read(begin, bytes);
        found = crc32(bytes, found);
      }
      if (found !== checksum) {
        throw new DamagedStepError(
          `step ${step} in ${this.directory.label} is damaged: the file ${name} has the checksum ${hex(found)}, not ` +
            `the one of its name. Restore another step, or delete the file.`,
        );
      }
      return source;
    } catch (error) {
      await source.close();
      throw error;
    }
  }

  /** Takes steps out of the directory. @throws StorageError for the first that stays, after having tried all */
  async delete(steps: readonly StoredStep[]): Promise<void> {
    const failures: unknown[] = [];
    for (const { name, step } of steps) {
      try {
        await this.directory.delete(name);
      } catch (cause) {
        failures.push(storageError(`step ${step} could not be deleted from ${this.directory.label}`, cause));
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Takes away what writers that are dead left behind; once. */
  private clean(): Promise<void> {
    return (this.isClean ??= this.deleteLeftovers().catch((error: unknown) => {
      this.isClean = undefined;
      throw error;
    }));
  }

  private async deleteLeftovers(): Promise<void> {
    const { directory } = this;
    for (const name of await this.names()) {
      const writer = writerOfTemporary(name);
      if (writer === undefined || writer === directory.writer) continue;
      try {
        if (!(await directory.isAlive(writer, name))) await directory.delete(name);
      } catch (error) {
        this.warn(
          `Checkpointer: ${name} in ${directory.label}, of a writer that died, stays: ${reasonOf(error)}`,
        );
      }
    }
  }

  private async names(): Promise<string[]> {
    try {
      return await this.directory.list();
    } catch (cause) {
      throw storageError(`${this.directory.label} could not be read`, cause);
    }
  }

  /** What a file says of its step, or what is wrong with it, with a warning; undefined if it is gone by now. */
  private async readRecord(
    name: string,
    { step }: StepName,
  ): Promise<StepRecord | FileFormatError | undefined> {
    const where = `step ${step} in ${this.directory.label}`;
    try {
      const source = await this.directory.open(name);
      try {
        const record = await readRecord(source);
        if (record.step === step) return record;
        throw new FileFormatError(`it holds step ${record.step}`);
      } finally {
        await source.close();
      }
    } catch (error) {
      if (!(await this.names()).includes(name)) return undefined;
      if (!(error instanceof FileFormatError)) throw storageError(`${where} could not be read`, error);
      const damage = new DamagedStepError(
        `${where} is damaged: ${name}: ${error.message.replace(/\.?$/, ".")}`,
      );
      this.warn(`Checkpointer: ${damage.message} It is left out.`);
      return damage;
    }
  }
}

/** A StorageError that says what the system said, and what to do about it. */
function storageError(what: string, cause: unknown): StorageError {
  const { code, name } = cause as { code?: string; name?: string };
  const repair = REPAIRS[code ?? ""] ?? REPAIRS[name ?? ""] ?? "";
  return new StorageError(`${what}: ${reasonOf(cause)}.${repair}`, { cause });
}

const SPACE = " Free some space, or keep fewer steps: new Checkpointer(directory, { keep: 3 }).";
const RIGHTS = " Let this process write there, or give another directory.";
const REPAIRS: Record<string, string> = {
  ENOSPC: SPACE,
  EDQUOT: SPACE,
  QuotaExceededError: SPACE,
  EACCES: RIGHTS,
  EPERM: RIGHTS,
  EROFS: RIGHTS,
  NotAllowedError: RIGHTS,
};

function reasonOf(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).replace(/\.$/, "");
}

function hex(checksum: number): string {
  return checksum.toString(16).padStart(8, "0");
}
