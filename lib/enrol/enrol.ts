/**
 * Own words on the frozen body of a trained network: each recording is heard in many variants, a row of the head is
 * learnt for each word against what the body was trained on, and the result is a checkpoint like any other.
 */
import type { WaveFilters } from "../audio/wave_filters.ts";
import { UserError } from "../base/errors.ts";
import { Rng } from "../base/random.ts";
import { type Background, madeNoise, partsOf, withoutWords } from "./background.ts";
import type { EnrolBody, Head } from "./body.ts";
import { type Examples, fitRows, logitsOf, logSum, NONE } from "./head.ts";
import { checkTake, clipsOf, type Take } from "./takes.ts";
import { variantsOf } from "./variants.ts";
import { checkWords, wordName } from "./words.ts";

/** A word with its recordings. */
export interface OwnWord {
  /** In one word or several. */
  readonly word: string;
  /** At least one. */
  readonly takes: readonly Take[];
}

export interface EnrolRequest {
  readonly body: EnrolBody;
  readonly words: readonly OwnWord[];
  /** What the network took for one of the words and was none, of any length. */
  readonly falseAlarms: readonly Take[];
  /** Of the body; null: noise and parts of the takes have to do, and false alarms are many more. */
  readonly background: Background | null;
  readonly filters: WaveFilters;
  /** Of all that is drawn. */
  readonly seed: number;
  /** Told how many of the clips have been through the body. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Told of each step that is done. */
  readonly onStep?: (step: EnrolStep) => void;
}

/** What is done of an enrolment, in this order. */
export type EnrolStep =
  /** So many clips are there to learn from: variants of takes, parts of them, false alarms and noise. */
  | { readonly kind: "varied"; readonly clips: number }
  /** The rows of all words are learnt; those that learn from some of the takes, to judge the others, are not. */
  | { readonly kind: "learnt" };

/** How well a take is told by a head that learnt from the others. */
export interface TakeScore {
  readonly name: string;
  /** Probability of its word; null for a word's only take. */
  readonly score: number | null;
}

export interface Enrolment {
  /** A safetensors file. */
  readonly checkpoint: Uint8Array<ArrayBuffer>;
  /** In the order of the outputs: the body's words, new ones, and what is no word. */
  readonly classes: readonly string[];
  readonly words: readonly { readonly word: string; readonly takes: readonly TakeScore[] }[];
  /**
   * Clips of the background, and how many of them heads that did not learn from them take for one of the new words; null
   * without a background.
   */
  readonly background: { readonly clips: number; readonly alarms: number } | null;
}

/** Variants of all takes of a word together, and of one take at least and at most. */
const [VARIANTS, FEWEST_VARIANTS, MOST_VARIANTS] = [160, 8, 48];
const FALSE_ALARM_VARIANTS = 6;
const MADE_NOISES = 40;
/** Takes are told by a head that learnt from all but every fifth. */
const FOLDS = 5;
/** How much the variants of a word count together, those of what is none of the words counting 1. */
const WORD_WEIGHT = 0.5;
/** How much all parts of takes and all false alarms count together, beside the background's 1. */
const [PARTS_WEIGHT, ALARMS_WEIGHT] = [0.1, 1];
const DECAY = 3e-4;

/**
 * Learns own words.
 *
 * @throws {UserError} `usage` for names of words, `bad-audio` for a recording that cannot be learnt from; one sentence.
 */
export async function enrol(request: EnrolRequest): Promise<Enrolment> {
  const { body } = request;
  const words = request.words.map(({ word, takes }) => ({ word: wordName(word), takes }));
  const { classes } = body.checkpoint;
  checkWords(words.map(({ word }) => word), classes);
  const empty = words.find(({ takes }) => takes.length === 0);
  if (empty !== undefined) {
    throw new UserError(
      "usage",
      `Cannot enrol ${empty.word}: it has no recordings, wanted one or, better, five to twenty. Record it.`,
    );
  }
  const background = request.background === null
    ? null
    : withoutWords(request.background, words.map(({ word }) => word), body.size);
  const pool = await embedded({ ...request, words, background });
  const rows = fitted(body, pool, words.length, () => true);
  request.onStep?.({ kind: "learnt" });
  const told = crossValidated(body, pool, words);
  const from = classes.findIndex((name) => name.startsWith("_"));
  const at = from < 0 ? classes.length : from;
  const names = [...classes.slice(0, at), ...words.map(({ word }) => word), ...classes.slice(at)];
  return {
    checkpoint: body.withHead(names, joined(body.head, rows, at, body.size)),
    classes: names,
    words: words.map(({ word, takes }, i) => ({
      word,
      takes: takes.map(({ name }, k) => ({ name, score: told.scores[i]![k]! })),
    })),
    background: background === null ? null : { clips: background.labels.length, alarms: told.alarms },
  };
}

/** All that is learnt from, each with what it stems from. */
interface Pool {
  readonly embeddings: Float32Array;
  readonly labels: Int32Array;
  readonly weights: Float64Array;
  /** `[n]`: which take of its word, or which clip of the background; those of one fold are left out together. */
  readonly sources: Int32Array;
  /** `[n]`: 1 for takes as they were recorded and clips of the background, by which a head is judged. */
  readonly judged: Uint8Array;
}

async function embedded(
  { body, words, falseAlarms, background, filters, seed, onProgress, onStep }: EnrolRequest,
): Promise<Pool> {
  const shape = body.checkpoint;
  const rng = Rng.fromSeed(seed).fork("enrol");
  const groups: Group[] = [];
  for (const [label, { word, takes }] of words.entries()) {
    const clips = takes.map((take) => checkTake(take, shape));
    const count = variantCount(takes.length);
    const weight = WORD_WEIGHT / (count * takes.length);
    const parts = clips.map((clip) => partsOf(clip, shape));
    clips.forEach((clip, source) => {
      const own = variantsOf(clip, count, shape, filters, rng.fork(word).fork(source));
      groups.push({ waves: own, label, weight, source, judged: true });
      const partWeight = PARTS_WEIGHT / (words.length * takes.length * parts[source]!.length);
      groups.push({ waves: parts[source]!, label: NONE, weight: partWeight, source, judged: false });
    });
  }
  const alarms = falseAlarms.flatMap((take) => clipsOf(take, shape));
  alarms.forEach((clip, source) => {
    const own = rng.fork("alarms").fork(source);
    const waves = variantsOf(clip, FALSE_ALARM_VARIANTS, shape, filters, own, "again");
    const weight = ALARMS_WEIGHT / (alarms.length * waves.length);
    groups.push({ waves, label: NONE, weight, source, judged: false });
  });
  const noises = madeNoise(MADE_NOISES, shape, rng.fork("noise"));
  const noiseWeight = (background === null ? 1 : 1 / (1 + background.labels.length / MADE_NOISES)) /
    MADE_NOISES;
  groups.push({ waves: noises, label: NONE, weight: noiseWeight, source: 0, judged: false });
  onStep?.({ kind: "varied", clips: groups.reduce((sum, { waves }) => sum + waves.length, 0) });
  return await poolOf(body, groups, background, onProgress);
}

interface Group {
  readonly waves: readonly Float32Array[];
  readonly label: number;
  /** Of each wave. */
  readonly weight: number;
  readonly source: number;
  /** Whether the first of the waves is. */
  readonly judged: boolean;
}

async function poolOf(
  body: EnrolBody,
  groups: readonly Group[],
  background: Background | null,
  onProgress: EnrolRequest["onProgress"],
): Promise<Pool> {
  const waves = groups.reduce((sum, group) => sum + group.waves.length, 0);
  const known = background?.labels.length ?? 0;
  const count = waves + known;
  const pool = {
    embeddings: new Float32Array(count * body.size),
    labels: new Int32Array(count).fill(NONE),
    weights: new Float64Array(count),
    sources: new Int32Array(count),
    judged: new Uint8Array(count),
  };
  let at = 0;
  for (const { waves: own, label, weight, source, judged } of groups) {
    pool.embeddings.set(await body.embed(own), at * body.size);
    const end = at + own.length;
    pool.labels.fill(label, at, end);
    pool.weights.fill(weight, at, end);
    pool.sources.fill(source, at, end);
    if (judged) pool.judged[at] = 1;
    at = end;
    onProgress?.(at, waves);
  }
  if (known > 0) {
    pool.embeddings.set(background!.embeddings, at * body.size);
    pool.weights.fill(1 / known, at);
    pool.judged.fill(1, at);
    for (let i = 0; i < known; i++) pool.sources[at + i] = i;
  }
  return pool;
}

/** Rows that learn from some of a pool. @param learns Of its places. */
function fitted(body: EnrolBody, pool: Pool, rows: number, learns: (place: number) => boolean): Head {
  const places = [...pool.labels.keys()].filter(learns);
  const { size, head, checkpoint: { classes } } = body;
  const embeddings = new Float32Array(places.length * size);
  places.forEach((place, i) =>
    embeddings.set(pool.embeddings.subarray(place * size, (place + 1) * size), i * size)
  );
  const examples: Examples = {
    embeddings,
    labels: Int32Array.from(places, (place) => pool.labels[place]!),
    weights: Float64Array.from(places, (place) => pool.weights[place]!),
  };
  const unknown = classes.indexOf(UNKNOWN);
  return fitRows(head, examples, { rows, decay: DECAY, from: unknown < 0 ? null : unknown });
}

/** The class that new words were of before they were learnt. */
const UNKNOWN = "_unknown_";

/** What heads tell of what they did not learn from. */
function crossValidated(body: EnrolBody, pool: Pool, words: readonly OwnWord[]) {
  const scores: (number | null)[][] = words.map(({ takes }) => takes.map(() => null));
  const { size, head, checkpoint: { classes } } = body;
  let alarms = 0;
  const alone = new Set(words.flatMap(({ takes }, label) => takes.length === 1 ? [label] : []));
  for (let fold = 0; fold < FOLDS; fold++) {
    const isLeftOut = (place: number) =>
      pool.sources[place]! % FOLDS === fold && !alone.has(pool.labels[place]!);
    const judged = [...pool.judged.keys()].filter((place) => pool.judged[place] === 1 && isLeftOut(place));
    if (judged.length === 0) continue;
    const rows = fitted(body, pool, words.length, (place) => !isLeftOut(place));
    const whole = joined(head, rows, classes.length, size);
    for (const place of judged) {
      const logits = logitsOf(whole, pool.embeddings.subarray(place * size, (place + 1) * size), size);
      const label = pool.labels[place]!;
      if (label !== NONE) {
        scores[label]![pool.sources[place]!] = Math.exp(logits[classes.length + label]! - logSum(logits));
      } else if (logits.indexOf(Math.max(...logits)) >= classes.length) alarms++;
    }
  }
  return { scores, alarms };
}

function variantCount(takes: number): number {
  return Math.max(FEWEST_VARIANTS, Math.min(MOST_VARIANTS, Math.round(VARIANTS / takes)));
}

/** Rows put into a head before row `at`. */
function joined(old: Head, rows: Head, at: number, size: number): Head {
  const weight = new Float32Array(old.weight.length + rows.weight.length);
  weight.set(old.weight.subarray(0, at * size));
  weight.set(rows.weight, at * size);
  weight.set(old.weight.subarray(at * size), at * size + rows.weight.length);
  const bias = Float32Array.from([...old.bias.subarray(0, at), ...rows.bias, ...old.bias.subarray(at)]);
  return { weight, bias };
}
