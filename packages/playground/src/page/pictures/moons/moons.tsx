/** @file Two moons: the boundary that the eval view draws, as it learns. */
import { formatPercent } from "../../format.ts";
import { rgb, token } from "../../style/theme.ts";
import { Canvas } from "../canvas.tsx";
import type { PictureOf } from "../picture-of.ts";
import { colourGrid, countRight } from "./boundary.ts";

/** The plane, coloured by the answer of the eval view, with the examples on it. */
export function Moons({ picture }: { picture: PictureOf<"moons"> | null }) {
  const share = picture && picture.labels.length > 0 ? countRight(picture) / picture.labels.length : null;
  const label =
    share === null
      ? "Decision boundary of the eval view; no model yet"
      : `Decision boundary of the eval view: ${formatPercent(share)} of the examples on the right side`;
  return (
    <section class="card picture" aria-labelledby="picture-title">
      <h2 id="picture-title">What the eval view sees</h2>
      <p class="caption">
        Colour: which moon the eval view takes each place for, the stronger the surer. Circles and triangles:
        the examples. {share !== null && <b>{formatPercent(share)} are on the right side.</b>}
      </p>
      <Canvas
        className="plane"
        label={label}
        paint={(context, width, height) => picture && paint(context, width, height, picture)}
      />
    </section>
  );
}

const grid = globalThis.document?.createElement("canvas");

function paint(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  { side, probabilities, points, labels }: PictureOf<"moons">,
): void {
  const colours = { first: rgb("--moon-1"), second: rgb("--moon-2"), paper: rgb("--card") };
  Object.assign(grid, { width: side, height: side });
  grid.getContext("2d")!.putImageData(new ImageData(colourGrid(probabilities, colours), side, side), 0, 0);
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  context.drawImage(grid, 0, 0, width, height);
  context.lineWidth = 1;
  context.strokeStyle = token("--card");
  for (let index = 0; index < labels.length; index++) {
    const x = ((points[index * 2]! + 1.5) / 4) * width;
    const y = ((1.75 - points[index * 2 + 1]!) / 3) * height;
    context.fillStyle = token(labels[index] === 0 ? "--moon-1" : "--moon-2");
    context.beginPath();
    if (labels[index] === 0) context.arc(x, y, 3.4, 0, 2 * Math.PI);
    else triangle(context, x, y);
    context.fill();
    context.stroke();
  }
}

function triangle(context: CanvasRenderingContext2D, x: number, y: number): void {
  context.moveTo(x, y - 4.4);
  context.lineTo(x + 4, y + 3);
  context.lineTo(x - 4, y + 3);
  context.closePath();
}
