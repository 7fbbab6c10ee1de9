/**
 * How well words are told that were enrolled from few recordings, by a network that never heard them:
 * `deno run --allow-all test/bench/enrol_io.ts BODY FOLDER`, with a checkpoint whose training clips are the last of the
 * built-in words in the store, and a folder in Speech Commands' layout, from which the ten words are enrolled and all
 * else is none of them. Of whom a recording was learnt from nothing is tested. Beside the rows that `lib/enrol` adds there are nearest
 * prototypes of the same embeddings, and the same network trained from zero on the same recordings and background.
 */
import { parseArgs } from "@std/cli/parse-args";
import { resolve } from "@std/path";
import { openRecording } from "../../lib/audio/open_recording.ts";
import { openBackend } from "../../lib/backend/backend_io.ts";
import { Rng } from "../../lib/base/random.ts";
import { speakerOf } from "../../lib/data/words_layout/speaker.ts";
import { SILENCE, TEN_WORDS, UNKNOWN } from "../../lib/data/words_layout/vocabulary.ts";
import { createClassifier } from "../../lib/door/classifier.ts";
import type { LabelledClip } from "../../lib/door/clips.ts";
import type { Background } from "../../lib/enrol/background.ts";
import { type EnrolBody, type Head, openBody } from "../../lib/enrol/body.ts";
import { enrol } from "../../lib/enrol/enrol.ts";
import { logitsOf, prototypeHead } from "../../lib/enrol/head.ts";
import { checkTake, type Take } from "../../lib/enrol/takes.ts";
import { variantsOf } from "../../lib/enrol/variants.ts";
import { fitLength } from "../../lib/audio/clip.ts";
import type { WaveFilters } from "../../lib/audio/wave_filters.ts";
import { openWaveFilters } from "../../lib/kernels/wave_filters/alone_io.ts";
import { openWaveFile } from "../../lib/train/wave_file_io.ts";
import { openStore } from "../../pipeline/engine/store/store_io.ts";
import { textTable } from "../../pipeline/report/text/table.ts";

const flags = parseArgs(Deno.args, {
  string: ["draws", "zero", "sizes", "store"],
  default: { draws: "10", zero: "2", sizes: "1,5,20", store: "data/store" },
});
const [bodyPath, folder] = flags._.map(String);
if (folder === undefined) throw new Error("wanted BODY FOLDER");
/** How many recordings of each word, how often others are drawn, and how often one is trained from zero. */
const [SIZES, DRAWS, ZERO_DRAWS] = [
  flags.sizes.split(",").map(Number),
  Number(flags.draws),
  Number(flags.zero),
];
/** Writes the waves that the body was trained on. */
const WAVES_TASK = "features/spoken_mini-waveform-train";
/** Clips of the body's training that are the background; of them what a network from zero learns from. */
const [BACKGROUND, ZERO_BACKGROUND] = [2000, 600];
/** Of networks from zero. */
const LEARNING = { epochs: 15, batchSize: 50, rate: 0.003, frontendRate: 0 };
const [VARIANTS, RESAMPLES] = [160, 1000];
/** Methods trade misses for alarms: they are compared where each takes this share of what is no word for one. */
const FEW_ALARMS = 0.05;

interface Clip extends Take {
  readonly word: string;
  readonly speaker: string;
}

/** What was told of each tested clip. */
interface Outcome {
  readonly speaker: string;
  readonly isWord: boolean;
  /** Whether the likeliest of all classes is its word, or none of the words. */
  readonly isRight: boolean;
  /** Whether the likeliest of the words is its own. */
  readonly isOwn: boolean;
  /** How far the likeliest word's logit lies above that of what is no word. */
  readonly margin: number;
}

await openBackend("wasm");
const filters = await openWaveFilters();
using body = await openBody(Deno.readFileSync(bodyPath!), bodyPath!);
const { checkpoint: { sampleRate, clipSamples } } = body;
const { background, waves: backgroundWaves } = await backgroundOf(body);
const clips = await clipsIn(folder);
const embeddings = await body.embed(clips.map(({ samples }) => fitLength(samples, clipSamples)));
const words = TEN_WORDS.filter((word) => clips.some((clip) => clip.word === word));
console.log(
  `${clips.length} clips by ${new Set(clips.map(({ speaker }) => speaker)).size} speakers, ` +
    `${clips.filter(({ word }) => words.includes(word)).length} of ${words.length} words`,
);
const rows: string[][] = [];
for (const size of SIZES) {
  const told: Record<string, Outcome[][]> = { "rows added": [], "nearest prototype": [], "from zero": [] };
  const seconds: number[] = [];
  for (let draw = 0; draw < DRAWS; draw++) {
    const rng = Rng.fromSeed(`${size}/${draw}`);
    const drawn = words.map((word) => ({ word, takes: takesOf(word, size, rng.fork(word)) }));
    const known = new Set(drawn.flatMap(({ takes }) => takes.map(({ speaker }) => speaker)));
    const tested = [...clips.keys()].filter((i) => !known.has(clips[i]!.speaker));
    const begin = performance.now();
    const made = await enrol({ body, words: drawn, falseAlarms: [], background, filters, seed: draw });
    seconds.push((performance.now() - begin) / 1000);
    using enrolled = await openBody(made.checkpoint, "enrolled");
    told["rows added"]!.push(outcomes(tested, made.classes, enrolled.head));
    const nearest = await prototypes(drawn);
    told["nearest prototype"]!.push(outcomes(tested, nearest.classes, nearest.head));
    if (draw < ZERO_DRAWS) told["from zero"]!.push(await fromZero(drawn, tested, filters, draw));
  }
  for (const [method, draws] of Object.entries(told)) {
    if (draws.length === 0) continue;
    const of = (isWord: boolean) => draws.map((own) => own.filter((outcome) => outcome.isWord === isWord));
    rows.push([
      String(size),
      method,
      text(interval(of(true), ({ isRight }) => isRight)),
      text(interval(of(false), ({ isRight }) => !isRight)),
      text(interval(draws.map(atFewAlarms), ({ isRight }) => isRight)),
      method === "rows added" ? `${(seconds.reduce((a, b) => a + b) / seconds.length).toFixed(1)} s` : "",
    ]);
  }
  const few = `right at ${100 * FEW_ALARMS} % false alarms`;
  const titles = ["recordings", "method", "words told right", "false alarms", few, "time"];
  console.log(textTable(titles.map((title) => ({ title })), rows.slice(-3)));
}

/** Clips as they lie spread evenly over those that the body was trained on. */
async function backgroundOf(body: EnrolBody) {
  using file = openWaveFile(wavesIn(flags.store));
  const { entries, info: { classes } } = file;
  const count = Math.min(BACKGROUND, entries.length);
  const places = Array.from({ length: count }, (_, i) => Math.floor(i * entries.length / count));
  const waves = places.map((row) => file.valuesOf(row));
  const background: Background = {
    embeddings: await body.embed(waves),
    labels: Int32Array.from(places, (row) => entries[row]!.labels[0]!),
    classes,
    names: places.map((row) => entries[row]!.name),
  };
  return { background, waves };
}

function wavesIn(path: string): string {
  const name = "features.safetensors";
  const store = openStore(resolve(path));
  const output = store.lastReceipt(WAVES_TASK)?.outputs[name];
  if (output === undefined) throw new Error(`${path} has no ${WAVES_TASK}: train the body there`);
  return store.objectPath(output, name);
}

/** Of a folder with a list of a test split, those of that alone. */
async function clipsIn(root: string): Promise<Clip[]> {
  const found: Clip[] = [];
  const list = listIn(`${root}/testing_list.txt`);
  for (
    const { name: word, isDirectory } of [...Deno.readDirSync(root)].sort((a, b) => a.name < b.name ? -1 : 1)
  ) {
    if (!isDirectory || word === "_background_noise_") continue;
    for (
      const { name } of [...Deno.readDirSync(`${root}/${word}`)].sort((a, b) => a.name < b.name ? -1 : 1)
    ) {
      if (list !== undefined && !list.has(`${word}/${name}`)) continue;
      const recording = await openRecording(Deno.readFileSync(`${root}/${word}/${name}`), name);
      const samples = recording.decode(0, recording.frames);
      found.push({ name: `${word}/${name}`, word, speaker: speakerOf(word, name), samples, sampleRate });
    }
  }
  return found;
}

function listIn(path: string): ReadonlySet<string> | undefined {
  try {
    const lines = Deno.readTextFileSync(path).split("\n").filter((line) => line !== "");
    return lines.length === 0 ? undefined : new Set(lines);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Of different speakers; what nobody could learn from is passed over, as the page and the command line refuse it. */
function takesOf(word: string, count: number, rng: Rng): Clip[] {
  const speakers = new Set<string>();
  const takes: Clip[] = [];
  for (const clip of rng.shuffle(clips.filter((clip) => clip.word === word))) {
    if (takes.length === count) break;
    if (speakers.has(clip.speaker)) continue;
    try {
      checkTake(clip, { sampleRate, clipSamples });
    } catch {
      continue;
    }
    speakers.add(clip.speaker);
    takes.push(clip);
  }
  return takes;
}

function outcomes(tested: readonly number[], classes: readonly string[], head: Head): Outcome[] {
  const { size } = body;
  return tested.map((place) => {
    const logits = logitsOf(head, embeddings.subarray(place * size, (place + 1) * size), size);
    return outcomeOf(clips[place]!, classes, logits);
  });
}

function outcomeOf({ word, speaker }: Clip, classes: readonly string[], logits: ArrayLike<number>): Outcome {
  const isWord = words.includes(word);
  const ofWords = classes.map((name, i) => words.includes(name) ? logits[i]! : -Infinity);
  const ofOthers = classes.map((name, i) => words.includes(name) ? -Infinity : logits[i]!);
  const [most, mostOther] = [Math.max(...ofWords), Math.max(...ofOthers)];
  const isOwn = classes[ofWords.indexOf(most)] === word;
  const margin = most - mostOther;
  return { speaker, isWord, isOwn, margin, isRight: isWord ? isOwn && margin > 0 : margin <= 0 };
}

/** Of the classes of the background, and of each word's recordings as they are. */
async function prototypes(drawn: readonly { readonly word: string; readonly takes: readonly Clip[] }[]) {
  const takes = drawn.flatMap(({ takes }) => takes);
  const own = await body.embed(takes.map((take) => checkTake(take, { sampleRate, clipSamples })));
  const all = new Float32Array(background.embeddings.length + own.length);
  all.set(background.embeddings);
  all.set(own, background.embeddings.length);
  const first = background.classes.length;
  const labels = [
    ...background.labels,
    ...drawn.flatMap(({ takes }, k) => takes.map(() => first + k)),
  ];
  const classes = [...background.classes, ...drawn.map(({ word }) => word)];
  return { classes, head: prototypeHead(all, Int32Array.from(labels), classes.length) };
}

/** The body's network with new values everywhere, on as many variants and a part of the background. */
async function fromZero(
  drawn: readonly { readonly word: string; readonly takes: readonly Clip[] }[],
  tested: readonly number[],
  filters: WaveFilters,
  seed: number,
): Promise<Outcome[]> {
  const { frontend, model } = body.checkpoint;
  const shape = { sampleRate, clipSamples };
  const own = drawn.flatMap(({ word, takes }) =>
    takes.flatMap((take, i): LabelledClip[] =>
      variantsOf(
        checkTake(take, shape),
        Math.max(8, Math.min(48, Math.round(VARIANTS / takes.length))),
        shape,
        filters,
        Rng.fromSeed(seed).fork(word).fork(i),
      ).map((wave) => ({ label: word, wave }))
    )
  );
  const step = background.labels.length / ZERO_BACKGROUND;
  const others = Array.from({ length: ZERO_BACKGROUND }, (_, i): LabelledClip => {
    const place = Math.floor(i * step);
    const label = background.classes[background.labels[place]!] === SILENCE ? SILENCE : UNKNOWN;
    return { label, wave: backgroundWaves[place]! };
  });
  const classes = [...words, SILENCE, UNKNOWN];
  using classifier = await createClassifier({ frontend, model, classes, clipSamples, seed });
  const learnt = [...own, ...others];
  for await (const _ of classifier.learn(learnt, learnt.filter((_, i) => i % 10 === 0), LEARNING));
  const found: Outcome[] = [];
  for (let start = 0; start < tested.length; start += 100) {
    const part = tested.slice(start, start + 100);
    const logits = await classifier.logits(
      part.map((place) => ({ label: UNKNOWN, wave: fitLength(clips[place]!.samples, clipSamples) })),
    );
    part.forEach((place, i) => {
      const scores = logits.subarray(i * classes.length, (i + 1) * classes.length);
      found.push(outcomeOf(clips[place]!, classes, scores));
    });
  }
  return found;
}

/** Words, told right where only margins count that so few of the other clips reach. */
function atFewAlarms(outcomes: readonly Outcome[]): Outcome[] {
  const others = outcomes.filter(({ isWord }) => !isWord).map(({ margin }) => margin).sort((a, b) => b - a);
  const least = others[Math.floor(FEW_ALARMS * others.length)]!;
  return outcomes.filter(({ isWord }) => isWord).map((outcome) => ({
    ...outcome,
    isRight: outcome.isOwn && outcome.margin > least,
  }));
}

/** A share, with the 95 % percentile interval of draws and, within each, speakers drawn with replacement. */
function interval(draws: readonly (readonly Outcome[])[], counts: (outcome: Outcome) => boolean) {
  const bySpeaker = draws.map((outcomes) =>
    [...Map.groupBy(outcomes, ({ speaker }) => speaker).values()].map((own) => ({
      counted: own.filter(counts).length,
      of: own.length,
    }))
  );
  const share = (drawn: readonly { readonly counted: number; readonly of: number }[]) =>
    drawn.reduce((sum, { counted }) => sum + counted, 0) / drawn.reduce((sum, { of }) => sum + of, 0);
  const rng = Rng.fromSeed("interval");
  const resampled = Array.from({ length: RESAMPLES }, () =>
    share(bySpeaker.flatMap(() => {
      const own = rng.pick(bySpeaker);
      return own.map(() => rng.pick(own));
    }))).sort((a, b) => a - b);
  const at = (part: number) => resampled[Math.round(part * (RESAMPLES - 1))]!;
  return { value: share(bySpeaker.flat()), low: at(0.025), high: at(0.975) };
}

function text(
  { value, low, high }: { readonly value: number; readonly low: number; readonly high: number },
): string {
  const percent = (share: number) => `${(100 * share).toFixed(1)}`;
  return `${percent(value)} % (${percent(low)} to ${percent(high)})`;
}
