/// <reference lib="dom" />
/** Draws the last seconds on canvases, in the colours of the page's theme. */
import { printable } from "../../lib/base/printable.ts";
import type { Thresholds } from "../../lib/records/operating_point.ts";
import { SEQUENTIAL } from "../../lib/plots/colormap.ts";
import { type History, type Recent, shownThresholds } from "./history.ts";
import type { Representation } from "../../lib/nn/representation.ts";

/** Of words; told apart by lightness too, as far as so many can be. */
const WORD_COLOURS = [
  "#4e79a7",
  "#f28e2b",
  "#59a14f",
  "#e15759",
  "#b07aa1",
  "#d4a72c",
  "#2aa198",
  "#ff7f9d",
  "#9c755f",
  "#17a3c9",
  "#8a8f2c",
  "#6f5fd0",
];
const OTHER_COLOUR = "#8d8894";

export function colourOf(classes: readonly string[], label: string): string {
  if (label.startsWith("_")) return OTHER_COLOUR;
  const words = classes.filter((name) => !name.startsWith("_"));
  return WORD_COLOURS[words.indexOf(label) % WORD_COLOURS.length]!;
}

/** `_silence_` is "silence". */
export function wordOf(label: string): string {
  return label === "_unknown_" ? "other word" : printable(label.replaceAll("_", ""));
}

interface Surface {
  readonly context: CanvasRenderingContext2D;
  /** In CSS pixels. */
  readonly width: number;
  readonly height: number;
}

/** Clears a canvas, as many device pixels large as it is shown. */
function surface(canvas: HTMLCanvasElement): Surface {
  const ratio = devicePixelRatio;
  const { clientWidth: width, clientHeight: height } = canvas;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  const context = canvas.getContext("2d")!;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

function themeColour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** The span between the smallest and the largest sample of each column of pixels. */
export function drawWave(canvas: HTMLCanvasElement, { wave }: History): void {
  const { context, width, height } = surface(canvas);
  const middle = height / 2;
  const largest = Math.max(0.02, wave.values.reduce((most, value) => Math.max(most, Math.abs(value)), 0));
  const scale = (middle - 2) / largest;
  context.fillStyle = themeColour("--line");
  context.fillRect(0, middle - 0.5, width, 1);
  context.fillStyle = themeColour("--wave");
  const columns = Math.max(1, Math.floor(width));
  for (let x = 0; x < columns; x++) {
    let [low, high] = [Infinity, -Infinity];
    const end = Math.floor(((x + 1) * wave.rows) / columns);
    for (let i = Math.floor((x * wave.rows) / columns); i < end; i++) {
      low = Math.min(low, wave.values[i]!);
      high = Math.max(high, wave.values[i]!);
    }
    if (high - low > 0) context.fillRect(x, middle - high * scale, 1, Math.max(1, (high - low) * scale));
  }
}

/** Bands over time, the lowest at the bottom. */
export function drawBands(canvas: HTMLCanvasElement, bands: Recent, { range }: Representation): void {
  const { rows, width: count, values, filled } = bands;
  const image = new ImageData(rows, count);
  const { smallest, largest } = bands.extremes ?? { smallest: -1, largest: 0 };
  const [low, high] = range === null
    ? [smallest, largest]
    : "below" in range
    ? [largest - range.below, largest]
    : [range.from, range.to];
  for (let row = rows - filled; row < rows; row++) {
    for (let band = 0; band < count; band++) {
      const share = Math.max(0, Math.min(1, (values[row * count + band]! - low) / (high - low)));
      const [r, g, b] = SEQUENTIAL.palette[Math.round(255 * share)]!;
      image.data.set([r, g, b, 255], 4 * ((count - 1 - band) * rows + row));
    }
  }
  if (canvas.width !== rows || canvas.height !== count) Object.assign(canvas, { width: rows, height: count });
  canvas.getContext("2d")!.putImageData(image, 0, 0);
}

/** A line for each class, dashed ones at thresholds that matter; words are named where they were detected. */
export function drawChart(
  canvas: HTMLCanvasElement,
  history: History,
  classes: readonly string[],
  limits: Thresholds,
): void {
  const { context, width, height } = surface(canvas);
  const [left, top, bottom] = [34, 18, height - 6];
  const x = (seconds: number) => left + (width - left) * (1 - (history.now - seconds) / history.span);
  const y = (probability: number) => bottom - (bottom - top) * probability;
  context.font = "12px system-ui, sans-serif";
  context.textBaseline = "middle";
  context.textAlign = "right";
  for (const level of [0, 0.5, 1]) {
    context.fillStyle = themeColour("--line");
    context.fillRect(left, Math.round(y(level)), width - left, 1);
    context.fillStyle = themeColour("--muted");
    context.fillText(`${level * 100}`, left - 6, y(level));
  }
  context.setLineDash([4, 4]);
  for (const { threshold, label } of shownThresholds(history, classes, limits)) {
    context.strokeStyle = label === null ? themeColour("--muted") : colourOf(classes, label);
    line(context, [[left, y(threshold)], [width, y(threshold)]], 1);
  }
  context.setLineDash([]);
  for (const [c, label] of classes.entries()) {
    context.strokeStyle = colourOf(classes, label);
    const points = history.moments.map(({ seconds, probabilities }): [number, number] => [
      x(seconds),
      y(probabilities[c]!),
    ]);
    line(context, points, label.startsWith("_") ? 1 : 2);
  }
  context.font = "600 13px system-ui, sans-serif";
  context.textAlign = "center";
  for (const { label, seconds, probability } of history.detections) {
    context.fillStyle = colourOf(classes, label);
    context.beginPath();
    context.arc(x(seconds), y(probability), 4, 0, 2 * Math.PI);
    context.fill();
    const half = context.measureText(wordOf(label)).width / 2;
    context.fillText(wordOf(label), Math.max(left + half, Math.min(width - half, x(seconds))), 8);
  }
}

function line(
  context: CanvasRenderingContext2D,
  points: readonly (readonly [number, number])[],
  width: number,
): void {
  context.lineWidth = width;
  context.beginPath();
  for (const [x, y] of points) context.lineTo(x, y);
  context.stroke();
}
