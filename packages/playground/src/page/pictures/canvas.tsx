/** @file A canvas that is painted anew when what it shows, its size or the colours change. */
import { useEffect, useRef } from "preact/hooks";
import { scheme } from "../style/theme.ts";

/** What a painter gets: the size is in CSS pixels, and so are coordinates. */
export type Paint = (context: CanvasRenderingContext2D, width: number, height: number) => void;

/** Fills the box that the style sheet gives to `className`; `label` says in words what is to be seen. */
export function Canvas({ paint, label, className }: { paint: Paint; label: string; className: string }) {
  const ref = useRef<HTMLCanvasElement>(null);
  const last = useRef(paint);
  last.current = paint;
  void scheme.value;
  useEffect(() => repaint(ref.current!, paint));
  useEffect(() => {
    const canvas = ref.current!;
    const observer = new ResizeObserver(() => repaint(canvas, last.current));
    observer.observe(canvas);
    return () => observer.disconnect();
  }, []);
  return <canvas ref={ref} class={className} role="img" aria-label={label} />;
}

function repaint(canvas: HTMLCanvasElement, paint: Paint): void {
  const { clientWidth, clientHeight } = canvas;
  if (clientWidth === 0 || clientHeight === 0) return;
  const ratio = Math.min(globalThis.devicePixelRatio, 2);
  const [width, height] = [Math.round(clientWidth * ratio), Math.round(clientHeight * ratio)];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d")!;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, clientWidth, clientHeight);
  paint(context, clientWidth, clientHeight);
}
