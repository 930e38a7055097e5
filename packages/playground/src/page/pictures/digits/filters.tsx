/** @file The filters of the first layer. */
import { rgb } from "../../style/theme.ts";
import { Canvas } from "../canvas.tsx";
import type { PictureOf } from "../picture-of.ts";

/** As many as there is room kept for before the model is there. */
const USUAL_COUNT = 32;

/** Each filter a small square: one colour for weights above 0, another for those below. */
export function Filters({ picture }: { picture: PictureOf<"digits"> | null }) {
  const count = picture?.filters.length ?? USUAL_COUNT;
  return (
    <figure class="filters">
      <figcaption>Filters of the first layer</figcaption>
      <Canvas
        className="filter-sheet"
        label={
          picture
            ? `${count} filters of the first layer, ${picture.filterSize} x ${picture.filterSize} weights each`
            : "Filters of the first layer; no model yet"
        }
        paint={(context, width, height) => picture && paint(context, width, height, picture)}
      />
    </figure>
  );
}

function paint(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  { filters, filterSize }: PictureOf<"digits">,
): void {
  const columns = Math.ceil(Math.sqrt((filters.length * width) / height));
  const rows = Math.ceil(filters.length / columns);
  const pitch = Math.min(width / columns, height / rows);
  const cell = (pitch - 3) / filterSize;
  const most = Math.max(1e-9, ...filters.flatMap((filter) => Array.from(filter, Math.abs)));
  const [above, below, zero] = [rgb("--moon-2"), rgb("--moon-1"), rgb("--card")];
  filters.forEach((filter, index) => {
    const x = (index % columns) * pitch;
    const y = Math.floor(index / columns) * pitch;
    filter.forEach((weight, place) => {
      const ink = weight >= 0 ? above : below;
      const strength = Math.abs(weight) / most;
      const colour = zero.map((paper, channel) => Math.round(paper + (ink[channel]! - paper) * strength));
      context.fillStyle = `rgb(${colour.join(" ")})`;
      const left = x + (place % filterSize) * cell;
      const top = y + Math.floor(place / filterSize) * cell;
      context.fillRect(left, top, cell + 0.5, cell + 0.5);
    });
  });
}
