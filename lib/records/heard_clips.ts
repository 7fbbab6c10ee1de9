/**
 * Examples of a split that a network did worst on, as they sound and as its trained front-end gives them.
 * `clips.safetensors`: the waves as `<number>/wave` in 16 bits, the front-end's output as `<number>/image`.
 */
import { z } from "zod";
import { UserError } from "../base/errors.ts";
import { parseRecordText, toFile } from "../base/record.ts";
import type { StoredTensor, TensorFile, WritableData } from "../formats/safetensors.ts";
import type { Representation } from "../nn/representation.ts";
import { representationSchema } from "./specs.ts";

/** Raised when the layout changes. */
const FORMAT = 2;
const KEY = "clips";

export interface HeardClip {
  /** As the index calls it. */
  readonly name: string;
  /** `[samples]`, full scale 32767. */
  readonly wave: Int16Array;
  /** Row-major, in the order of the representation's axes; null: it is too short for a frame. */
  readonly image: { readonly shape: readonly number[]; readonly values: Float32Array } | null;
}

export interface HeardClips {
  /** The worst first. */
  readonly clips: readonly HeardClip[];
  /** In Hz. */
  readonly sampleRate: number;
  /** What images are of. */
  readonly representation: Representation;
  /** How many examples of the split there are in all, how many of them the network got wrong. */
  readonly count: number;
  readonly wrong: number;
  /** How many more there would be to hear if that were not too much. */
  readonly cut: number;
}

const schema = z.strictObject({
  format: z.literal(FORMAT),
  names: z.array(z.string()),
  sample_rate: z.int().positive(),
  representation: representationSchema,
  count: z.int().nonnegative(),
  wrong: z.int().nonnegative(),
  cut: z.int().nonnegative(),
});

/** As a safetensors file has it. */
export function heardClipsFile({ clips, ...about }: HeardClips): {
  readonly tensors: ReadonlyMap<string, StoredTensor<WritableData>>;
  readonly metadata: Readonly<Record<string, string>>;
} {
  const tensors = new Map<string, StoredTensor<WritableData>>();
  for (const [i, { wave, image }] of clips.entries()) {
    tensors.set(`${i}/wave`, { shape: [wave.length], data: wave });
    if (image !== null) tensors.set(`${i}/image`, { shape: image.shape, data: image.values });
  }
  const head = toFile(schema, { format: FORMAT, names: clips.map(({ name }) => name), ...about });
  return { tensors, metadata: { [KEY]: JSON.stringify(head) } };
}

/** @param path Names the file in errors. @throws {UserError} `bad-file` if it is no such file. */
export function parseHeardClips({ tensors, metadata }: TensorFile, path: string): HeardClips {
  const what = `Cannot read the clips ${path}`;
  const { format: _, names, ...about } = parseRecordText(schema, metadata[KEY] ?? "null", what, REMEDY);
  return {
    ...about,
    clips: names.map((name, i) => {
      const wave = tensors.get(`${i}/wave`)?.data;
      if (!(wave instanceof Int16Array)) {
        throw new UserError("bad-file", `${what}: found no ${i}/wave, as int16. ${REMEDY}`);
      }
      const image = tensors.get(`${i}/image`);
      const isImage = image !== undefined && image.data instanceof Float32Array;
      return {
        name,
        wave,
        image: isImage ? { shape: image.shape, values: image.data as Float32Array } : null,
      };
    }),
  };
}

const REMEDY = "Make them again.";
