/** @file Refuses objects of plain classes that hold Modules and Variables which nobody would find. */
import { classNameOf } from "../class-name.ts";
import { GraphStructureError } from "../errors.ts";
import { HOLDS_OTHERS } from "./holds-others.ts";
import { formatPath, isContainer, isPytree, isVariable, type Path } from "./kinds.ts";
import { visit } from "./visit.ts";

/** How many values are looked at below one attribute: what is larger are tables and engines, no parts of a model. */
const MOST = 256;

/** Static objects that a walk over a model has come to. */
export class PlainHolders {
  private readonly objects: (readonly [path: Path, object: object])[] = [];

  /** Notes a static attribute; the walk may change `path` afterwards. */
  note(path: Path, value: unknown): void {
    if (typeof value !== "object" || value === null || path.length === 0) return;
    if (!Array.isArray(value) || value.some(isObject)) this.objects.push([[...path], value]);
  }

  /**
   * Checks that all Modules and Variables in them are part of the model elsewhere, or hold `root` themselves, as a
   * pointer to what is above does: the others would be in no state, no optimiser and no view.
   *
   * @param parts all that the walk below `root` has come to
   * @throws GraphStructureError naming the attribute, the class, and what it holds
   */
  assertNone(root: unknown, parts: { has(data: unknown): boolean }): void {
    for (const [path, object] of this.objects) {
      for (const [holder, data] of heldBy(object)) {
        if (parts.has(data) || partsOf(data).has(root)) continue;
        throw new GraphStructureError(
          `expected Modules and Variables in Modules, arrays, Lists and plain objects, found a ${classNameOf(data)} in ` +
            `an instance of ${classNameOf(holder)} at ${formatPath(path)}, where nothing would train or save it. Let ` +
            `${classNameOf(holder)} extend Module, or Pytree.`,
          isObject(root) && !isContainer(root) ? root : undefined,
        );
      }
    }
  }
}

function partsOf(data: object): Set<unknown> {
  return visit(data, () => {});
}

/** The Modules and Variables in objects of plain classes, in or at `value`. */
function* heldBy(value: object): Generator<[holder: object, data: object]> {
  const seen = new Set<object>([value]);
  const waiting: [above: object | undefined, object: object][] = [[undefined, value]];
  for (let next = waiting.pop(); next && seen.size <= MOST; next = waiting.pop()) {
    const [above, object] = next;
    const holder = isContainer(object) || object instanceof Set ? above : object;
    for (const item of itemsOf(object)) {
      if (!isObject(item) || seen.has(item)) continue;
      seen.add(item);
      if (!isPytree(item) && !isVariable(item)) waiting.push([holder, item]);
      else if (holder) yield [holder, item];
    }
  }
}

/** What an object holds; nothing for bytes, tensors, and what is too large or holds what belongs to others. */
function itemsOf(object: object): Iterable<unknown> {
  if (object instanceof Map) return object.size > MOST ? [] : [...object].flat();
  if (object instanceof Set) return object.size > MOST ? [] : object;
  if (Array.isArray(object)) return object.length > MOST ? [] : object;
  if (ArrayBuffer.isView(object) || HOLDS_OTHERS in object || "dataId" in object) return [];
  const names = Object.keys(object);
  if (names.length > MOST) return [];
  return names.flatMap((name): unknown[] => {
    const descriptor = Object.getOwnPropertyDescriptor(object, name)!;
    return "value" in descriptor ? [descriptor.value] : [];
  });
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
