/** @file The guide's model: what it answers against what it should. */
import { token } from "../../style/theme.ts";
import { Canvas } from "../canvas.tsx";
import type { PictureOf } from "../picture-of.ts";

/** Examples that are held back, each a dot; a model without fault has all of them on the diagonal. */
export function Guide({ picture }: { picture: PictureOf<"guide"> | null }) {
  const label = picture
    ? `Answers of the eval view to ${picture.answered.length} examples held back, against what they should be; typical error ${typicalError(picture).toFixed(2)}`
    : "Answers of the eval view; none yet";
  return (
    <section class="card picture" aria-labelledby="picture-title">
      <h2 id="picture-title">What the eval view answers</h2>
      <p class="caption">
        Each dot is an example that training never saw: the nearer to the diagonal, the better the answer.
      </p>
      <Canvas
        className="square"
        label={label}
        paint={(context, width, height) => paint(context, width, height, picture)}
      />
    </section>
  );
}

/** The root of the mean square. */
function typicalError({ expected, answered }: PictureOf<"guide">): number {
  const squares = expected.reduce((sum, value, index) => sum + (value - answered[index]!) ** 2, 0);
  return Math.sqrt(squares / Math.max(expected.length, 1));
}

const REACH = 3;
const EDGE = 30;

function paint(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  picture: PictureOf<"guide"> | null,
): void {
  const x = (value: number) => EDGE + ((value + REACH) / (2 * REACH)) * (width - EDGE - 8);
  const y = (value: number) => height - EDGE - ((value + REACH) / (2 * REACH)) * (height - EDGE - 8);
  context.font = `12px ${token("--sans")}`;
  context.fillStyle = token("--muted");
  context.textAlign = "center";
  for (const tick of [-2, 0, 2]) {
    context.fillText(String(tick), x(tick), height - EDGE + 16);
    context.fillText(String(tick), EDGE - 14, y(tick) + 4);
  }
  context.fillText("expected", (x(0) + x(2)) / 2, height - EDGE + 16);
  context.textAlign = "left";
  context.fillText("answered", EDGE + 6, 22);
  context.strokeStyle = token("--line");
  context.strokeRect(x(-REACH), y(REACH), x(REACH) - x(-REACH), y(-REACH) - y(REACH));
  line(context, [x(0), y(-REACH)], [x(0), y(REACH)]);
  line(context, [x(-REACH), y(0)], [x(REACH), y(0)]);
  context.strokeStyle = token("--muted");
  context.setLineDash([4, 4]);
  line(context, [x(-REACH), y(-REACH)], [x(REACH), y(REACH)]);
  context.setLineDash([]);
  if (!picture) return;
  context.fillStyle = token("--eval");
  context.globalAlpha = 0.75;
  picture.expected.forEach((expected, index) => {
    context.beginPath();
    context.arc(x(clamp(expected)), y(clamp(picture.answered[index]!)), 3, 0, 2 * Math.PI);
    context.fill();
  });
  context.globalAlpha = 1;
}

function clamp(value: number): number {
  return Math.max(-REACH, Math.min(REACH, value));
}

type Point = readonly [number, number];

function line(context: CanvasRenderingContext2D, [x1, y1]: Point, [x2, y2]: Point): void {
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}
