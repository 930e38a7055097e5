/** @file Trees of arguments and results as flat lists of tensors, and what stands for their derivatives. */
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError } from "../../errors.ts";
import { cover, coverageOf } from "../../graph/coverage.ts";
import { formatPath, isPytree, isVariable, type Path } from "../../graph/kinds.ts";
import { mapLeaves } from "../../graph/map-leaves.ts";
import { State, type StateLeaf } from "../../graph/state.ts";
import { borrowingVariable, type Variable } from "../../variable/variable.ts";
import { treeOf } from "../control/tree.ts";
import { isDifferentiated, Leaf, partsOf, visitLeaves } from "./leaves.ts";

/** A tree with its tensors in a row: those of the tree itself, of its States, and what Variables hold. */
export class Flat {
  readonly tensors: tf.Tensor[] = [];
  /** Which of them can be differentiated. */
  readonly isFloat: boolean[] = [];
  /** The Variables of Modules and States, with the index of their tensor. */
  readonly variables = new Map<Variable, number>();
  /** The tree with a {@link Leaf} for each leaf. */
  readonly leaves: unknown;

  private constructor(tree: unknown, isResult: boolean, note: (variable: Variable, path: Path) => boolean) {
    this.leaves = mapLeaves(tree, (value) => {
      const parts = partsOf(value, isResult).filter(
        ([path, holder]) => !isVariable(holder) || isResult || note(holder, path),
      );
      const leaf = new Leaf(value, parts, this.tensors.length);
      for (const [, holder] of parts) {
        if (isVariable(holder) && !isResult) this.variables.set(holder, this.tensors.length);
        const tensor = isVariable(holder) ? holder.value : holder;
        this.isFloat.push(tensor.dtype === "float32");
        // Of a result, each tensor stands for itself.
        this.tensors.push(isResult && this.tensors.includes(tensor) ? tf.clone(tensor) : tensor);
      }
      return leaf;
    });
  }

  /**
   * @param mayShare whether a Variable may stand in two arguments; it then belongs to the first
   * @throws InvalidArgumentError for a tensor that was disposed of, and for a Variable that stands in two arguments
   */
  static ofArguments(args: readonly unknown[], caller: string, mayShare = false): Flat {
    const seen = new Set<Variable>();
    const flat = new Flat(args, false, (variable, path) => {
      const isNew = !seen.has(variable);
      seen.add(variable);
      if (isNew || mayShare) return isNew;
      throw new InvalidArgumentError(
        `${caller}: expected each Variable in one argument, found the one at ${formatPath(path)} in two. Close over one ` +
          `of the arguments; gradients of the other cover it.`,
      );
    });
    // Which knows the path, and throws.
    if (flat.tensors.some(({ isDisposed }) => isDisposed)) treeOf(args, `${caller}: the arguments`, true);
    return flat;
  }

  /** What a function gives: of its Modules, nothing is differentiated. */
  static ofResult(tree: unknown): Flat {
    return new Flat(tree, true, () => true);
  }

  /** What in a result is no tensor and has to be carried along: Modules that were made. */
  get others(): unknown[] {
    const others: unknown[] = [];
    visitLeaves(this.leaves, ({ original, parts }) => {
      if (parts.length === 0 && (isPytree(original) || isVariable(original))) others.push(original);
    });
    return others;
  }

  /** The tree with these tensors in the places of its own; Modules and Variables stay, see `variables`. */
  rebuilt(tensors: readonly tf.Tensor[]): unknown {
    return mapLeaves(this.leaves, (found) => {
      const { original, parts, start } = found as Leaf;
      if (original instanceof tf.Tensor) return tensors[start];
      if (!(original instanceof State)) return original;
      const entries = parts.map(([path, holder], i) => {
        const tensor = tensors[start + i]!;
        return [path, isVariable(holder) ? borrowingVariable(holder, tensor) : tensor] as const;
      });
      const others = original.entries.filter(([path]) => !parts.some(([own]) => own === path));
      return cover(new State([...entries, ...others]), coverageOf(original));
    });
  }

  /** The derivatives in the form of the tree: a tensor for a tensor, a State for a Module; undefined for what has none. */
  derivatives(tensors: readonly (tf.Tensor | undefined)[]): unknown {
    return mapLeaves(this.leaves, (found) => {
      const { original, parts, start } = found as Leaf;
      if (original instanceof tf.Tensor) return this.isFloat[start] ? tensors[start] : undefined;
      if (!isDifferentiated(original)) return undefined;
      const entries = parts.flatMap(([path, holder], i): (readonly [Path, StateLeaf])[] => {
        const tensor = tensors[start + i];
        if (!this.isFloat[start + i] || !tensor) return [];
        return [[path, isVariable(holder) ? borrowingVariable(holder, tensor) : tensor]];
      });
      return new State(entries);
    });
  }

  /** The tree with `blockOf` the index of a tensor in the place of each; a State becomes a Map from paths. */
  blocks(blockOf: (index: number) => unknown): unknown {
    return mapLeaves(this.leaves, (found) => {
      const { original, parts, start } = found as Leaf;
      if (original instanceof tf.Tensor) return blockOf(start);
      if (!(original instanceof State)) return undefined;
      return new Map(parts.map(([path], i) => [formatPath(path), blockOf(start + i)]));
    });
  }
}
