/** The pictures of an event file: at step 0 what training started from, later what it made of it. */
import { dftBasis } from "../../lib/audio/dft_basis.ts";
import { melFilters } from "../../lib/audio/mel_scale.ts";
import type { Json, JsonObject } from "../../lib/base/json.ts";
import type { StoredTensor, TensorFile } from "../../lib/formats/safetensors.ts";
import type { Summary } from "../../lib/formats/tensorboard.ts";
import type { FrontendSpec } from "../../lib/frontends/spec.ts";
import { type Colormap, DIVERGING, SEQUENTIAL } from "../../lib/plots/colormap.ts";
import { type Domain, type Matrix, type RasterOptions, rasterPng } from "../../lib/plots/raster.ts";

const CONFUSION_SCALE = 24;
const SPECTROGRAM_SCALE = 4;
const FILTER_SCALE = 4;
/** From the loudest value to black: about 52 dB, in natural log of energy or in decibels. */
const SPECTROGRAM_RANGE = { nnaudio: 12, fastaudio: 52 } as const;

type Tensors = Pick<TensorFile, "tensors">;

/** Initial values of the bases that a checkpoint has, where they follow from the specification alone. */
export function initialBases(spec: FrontendSpec, { tensors }: Tensors): Tensors {
  const found = [...tensors].flatMap(([name, { shape }]): [string, StoredTensor][] => {
    const data = initialValues(spec, name.split(".").at(-1)!);
    return data === undefined ? [] : [[name, { shape, data }]];
  });
  return { tensors: new Map(found) };
}

/** Noise, which a Mel matrix may start from, is not drawn again here. */
function initialValues(spec: FrontendSpec, last: string): Float32Array | undefined {
  switch (last) {
    case "wcos":
    case "wsin":
      return dftBasis(spec.nFft)[last];
    case "mel_basis":
      return spec.kind === "nnaudio" && spec.randomMel === null ? melFilters(spec) : undefined;
    default:
      return undefined;
  }
}

/** Mel matrices, the lowest band at the bottom, and STFT kernels, a row for each bin. */
export function basisImages(spec: FrontendSpec, best: Tensors, bestStep: number): Summary[] {
  return [[initialBases(spec, best), 0] as const, [best, bestStep] as const].flatMap(([{ tensors }, step]) =>
    [...tensors].flatMap(([name, { shape, data }]): Summary[] => {
      const last = name.split(".").at(-1)!;
      const matrix = { rows: shape[0]!, columns: shape.at(-1)!, values: data as Float32Array };
      if (last === "mel_basis") {
        return [image(`filters/${name}`, step, matrix, [0, largest(matrix)], SEQUENTIAL, {
          upwards: true,
          scale: FILTER_SCALE,
        })];
      }
      if (last !== "wcos" && last !== "wsin") return [];
      return [image(`kernels/${name}`, step, matrix, [-1, 1], DIVERGING, { upwards: true })];
    })
  );
}

/** Rows: the true class, as shares of its clips. Nothing for figures without such a matrix. */
export function confusionImage(classes: Json | undefined, figures: JsonObject, step: number): Summary[] {
  const found = confusionOf(classes, figures);
  if (found === null) return [];
  const { labels, counts: rows } = found;
  const shares = rows.flatMap((row) => {
    const clips = row.reduce((sum, count) => sum + count, 0);
    return row.map((count) => clips === 0 ? 0 : count / clips);
  });
  const matrix: Matrix = { rows: rows.length, columns: rows.length, values: shares };
  const lines = rows.map((row, i) => `| **${labels[i]}** | ${row.join(" | ")} |`);
  return [
    image("confusion", step, matrix, [0, 1], SEQUENTIAL, { scale: CONFUSION_SCALE }),
    {
      // A tag is of one kind.
      tag: "confusion_counts",
      step,
      kind: "text",
      text: [`| true \\ found | ${labels.join(" | ")} |`, `|---|${"---|".repeat(labels.length)}`, ...lines]
        .join("\n"),
    },
  ];
}

interface Confusion {
  readonly labels: readonly string[];
  readonly counts: readonly (readonly number[])[];
}

/** A recogniser's matrix names its own labels, a classifier's are its classes. */
function confusionOf(classes: Json | undefined, { confusion }: JsonObject): Confusion | null {
  if (confusion === undefined) return null;
  return Array.isArray(confusion)
    ? { labels: classes as readonly string[], counts: confusion }
    : confusion as unknown as Confusion;
}

/** Clips through the initial front-end at step 0 and through the learned one. */
export function spectrogramImages(
  { kind }: FrontendSpec,
  { tensors, metadata }: TensorFile,
  bestStep: number,
): Summary[] {
  const labels = tensors.get("clips/labels");
  if (labels === undefined) return [];
  const classes = JSON.parse(metadata["classes"]!) as readonly string[];
  return (["initial", "learned"] as const).flatMap((state) => {
    const { shape: [clips, rows, columns], data } = tensors.get(`clips/${state}`)!;
    return Array.from({ length: clips! }, (_, i): Summary => {
      const size = rows! * columns!;
      const values = (data as Float32Array).subarray(i * size, (i + 1) * size);
      const matrix = { rows: rows!, columns: columns!, values };
      const high = largest(matrix);
      const low = high - SPECTROGRAM_RANGE[kind];
      const tag = `spectrogram/${classes[Number(labels.data[i])]}`;
      return image(tag, state === "initial" ? 0 : bestStep, matrix, [low, high], SEQUENTIAL, {
        upwards: true,
        scale: SPECTROGRAM_SCALE,
      });
    });
  });
}

function image(
  tag: string,
  step: number,
  matrix: Matrix,
  domain: Domain,
  colormap: Colormap,
  options: RasterOptions,
): Summary {
  const { scale = 1 } = options;
  return {
    tag,
    step,
    kind: "image",
    width: matrix.columns * scale,
    height: matrix.rows * scale,
    png: rasterPng(matrix, domain, colormap, options),
  };
}

function largest({ values }: Matrix): number {
  let most = -Infinity;
  for (let i = 0; i < values.length; i++) most = Math.max(most, values[i]!);
  return most;
}
