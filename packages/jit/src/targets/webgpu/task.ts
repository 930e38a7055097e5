/** @file Tasks: what workgroups of a launch compute, before it is known where buffers lie and which launch it will be. */
import type { Buffer } from "../../expr/expr.ts";

/** Invocations of every workgroup, in one dimension. The least that every adapter allows at most. */
export const WORKGROUP = 256;

/**
 * What the code of a task may ask for while it is written. Tasks with the same text share it: what differs between
 * them comes from {@link placeOf} and {@link number}, as words of a table that each launch has, and which is bound as
 * `var<storage, read>`, so that WGSL knows that they are uniform.
 */
export interface TaskWriter {
  /**
   * The place of the first element of `buffer` in the heap, in words: a WGSL expression of type `u32`, uniform in the
   * workgroup. The same buffer always gets the same expression.
   */
  placeOf(buffer: Buffer): string;
  /**
   * A number that tasks of otherwise equal code may differ in, such as how many elements there are: a WGSL expression
   * of type `u32`, uniform in the workgroup. A literal makes quicker code, where the compiler can make something of it.
   */
  number(value: number): string;
  /**
   * How many invocations a subgroup has: a WGSL expression of type `u32`, a power of two, uniform in the workgroup.
   * Invocations whose `lane` divided by it is the same are one. Undefined where code has to do without subgroups.
   */
  readonly subgroup: string | undefined;
  /** Makes sure that the module has the function `name` of the library, with all that it needs. */
  use(name: string): void;
  /** A name that nobody else has in this function, beginning with `prefix`. */
  name(prefix: string): string;
}

/**
 * A piece of a program that workgroups compute independently of each other. Tasks of one launch run in any order, or
 * at the same time; all that a task reads was written by earlier launches.
 */
export interface Task {
  /** Such as `matmul 32x16x32`. */
  readonly label: string;
  readonly reads: readonly Buffer[];
  /** Each written element is written by one invocation. */
  readonly writes: readonly Buffer[];
  /** How many workgroups of {@link WORKGROUP} invocations. */
  readonly groups: number;
  /** Words (u32) of workgroup memory: `shared_words`, an `array<u32, N>` with N at least this; 0 if none. */
  readonly sharedWords: number;
  /**
   * Groups of four floats of workgroup memory: `shared_quads`, an `array<vec4<f32>, N>` with N at least this; none unless
   * given. A launch takes the most quads of its tasks beside the most words, of 16 bytes and 4.
   */
  readonly sharedQuads?: number | undefined;
  /**
   * Pairs of words of workgroup memory, each four float16: `shared_halves`, an `array<vec2<u32>, N>` with N at least
   * this; none unless given. The module has the type `f16` then.
   */
  readonly sharedHalves?: number | undefined;
  /** Additions and multiplications of all workgroups. */
  readonly flops: number;
  /**
   * The body of a WGSL function `fn task(group: u32, lane: u32)`, where `group` counts from 0 to `groups - 1` and is
   * uniform in the workgroup, and `lane` from 0 to 255. Elements are words of `heap: array<u32>`: floats and integers
   * by `bitcast`, truth values as 0 and 1. Barriers may stand in uniform control flow.
   */
  emit(writer: TaskWriter): string;
}
