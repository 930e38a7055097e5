/** @file The sheet to draw a digit on: by mouse, pen or finger, or one of ten examples by keyboard. */
import { useEffect, useRef } from "preact/hooks";
import { scheme, token } from "../../style/theme.ts";
import { EXAMPLES, type Point, type Stroke } from "./examples.ts";
import { toDigit } from "./pixels.ts";

/** Sides of the sheet, in its own pixels. */
const SIDE = 196;
const PEN = 17;

/** Calls `onDigit` with 784 pixels after each stroke, and with null when the sheet is empty. */
export function Drawing({ onDigit }: { onDigit: (pixels: Float32Array | null) => void }) {
  const ref = useRef<HTMLCanvasElement>(null);
  const strokes = useRef<Point[][]>([]);
  const isDrawing = useRef(false);
  const colours = scheme.value;

  const paint = () => drawStrokes(ref.current!, strokes.current);
  const show = (next: Point[][]) => {
    strokes.current = next;
    paint();
    onDigit(next.length === 0 ? null : toDigit(inkOf(ref.current!), SIDE));
  };
  useEffect(paint, [colours]);

  const pointOf = (event: PointerEvent): Point => {
    const box = ref.current!.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  };
  const end = () => {
    if (!isDrawing.current) return;
    isDrawing.current = false;
    show(strokes.current);
  };
  return (
    <div class="drawing">
      <canvas
        ref={ref}
        class="sheet"
        width={SIDE}
        height={SIDE}
        role="img"
        aria-label="Sheet to draw a digit on, with a mouse or a finger; or choose an example below"
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.preventDefault();
          ref.current!.setPointerCapture(event.pointerId);
          isDrawing.current = true;
          strokes.current.push([pointOf(event)]);
          paint();
        }}
        onPointerMove={(event) => {
          if (!isDrawing.current) return;
          const all = event.getCoalescedEvents?.() ?? [];
          strokes.current.at(-1)!.push(...(all.length > 0 ? all : [event]).map(pointOf));
          paint();
        }}
        onPointerUp={end}
        onPointerCancel={end}
      />
      <div class="examples" role="group" aria-label="Examples">
        {EXAMPLES.map((example, digit) => (
          <button
            key={digit}
            type="button"
            aria-label={`Example of a ${digit}`}
            onClick={() => show(example.map((stroke) => [...stroke]))}
          >
            {digit}
          </button>
        ))}
      </div>
      <button type="button" class="button" onClick={() => show([])}>
        Clear
      </button>
    </div>
  );
}

function drawStrokes(canvas: HTMLCanvasElement, strokes: readonly Stroke[]): void {
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  context.clearRect(0, 0, SIDE, SIDE);
  Object.assign(context, {
    lineWidth: PEN,
    lineCap: "round",
    lineJoin: "round",
    strokeStyle: token("--text"),
  });
  for (const stroke of strokes) {
    context.beginPath();
    const [first, ...rest] = stroke;
    context.moveTo(first![0] * SIDE, first![1] * SIDE);
    // A tap is a dot.
    for (const [x, y] of rest.length > 0 ? rest : [first!]) context.lineTo(x * SIDE, y * SIDE);
    context.stroke();
  }
}

/** How much ink is where, whatever its colour. */
function inkOf(canvas: HTMLCanvasElement): Float32Array {
  const { data } = canvas.getContext("2d")!.getImageData(0, 0, SIDE, SIDE);
  return Float32Array.from({ length: SIDE * SIDE }, (_, index) => data[index * 4 + 3]! / 255);
}
