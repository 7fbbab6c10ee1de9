/** Indexes splits of Kaldi data folders, from recordings `audio` and perhaps a reference `phone_map`. */
import type { AudioFacts } from "../../audio/recording.ts";
import { UserError } from "../../base/errors.ts";
import { parsePhoneMap, type PhoneMap } from "../../phones/phone_map.ts";
import { TIMIT_PHONES } from "../../phones/timit.ts";
import { type SplitName, SPLITS } from "../../records/example_index.ts";
import { examineAudio } from "../examine_io.ts";
import type { Indexer, OtherNames } from "../contract.ts";
import type { Finding } from "../finding.ts";
import { linkFinding } from "../links_io.ts";
import { parseSettings } from "../settings.ts";
import { readText, readTextIfThere } from "../text_io.ts";
import { scanUtterances } from "../utterances/scan.ts";
import { classesOf, indexUtterances, tellUtterances } from "../utterances/split_index.ts";
import { trainingClasses } from "../utterances/training_classes_io.ts";
import {
  folderOf,
  type KaldiFolder,
  kaldiLabels,
  type KaldiUtterance,
  kaldiUtterances,
  keysIn,
  untranscribed,
  utterancesOfSplit,
  wordsIn,
} from "./folders.ts";
import { kaldiSchema, type KaldiSettings } from "./schema.ts";

/** By how much segments may end behind their recording: the default of Kaldi's extract-segments. */
const MOST_OVERSHOOT_SECONDS = 0.5;

export const indexer: Indexer = async ({ split, settings, inputs }, report) => {
  const parsed = parseSettings(kaldiSchema, settings, "Cannot index the corpus");
  const { transcript, output, evaluated } = parsed;
  const root = inputs["audio"]!;
  const mapFile = inputs["phone_map"];
  const map = mapFile === undefined ? null : parsePhoneMap(readText(mapFile), mapFile);
  const folder = readFolder(root, folderOf(split, parsed), transcript);
  const listed = kaldiUtterances(folder, root, transcript);
  const utterances = utterancesOfSplit(root, listed, parsed, split);
  const read = await scanUtterances(utterances, {
    root,
    badFiles: parsed.badFiles,
    path: ({ path }) => path,
    read: async (utterance) => ({
      ...await stretchOf(root, utterance),
      name: utterance.name,
      speaker: utterance.speaker,
      labels: kaldiLabels(utterance, parsed, map, mapFile ?? ""),
    }),
  }, report);
  const found = read.found.filter(({ labels }) => labels.length > 0);
  const silent = read.found.filter(({ labels }) => labels.length === 0).map(({ name }) => name);
  const phones = output === "phone" && evaluated === null ? phonesOf(root, parsed, map) : [];
  const classes = classesOf(parsed, phones, found, trainingClasses(inputs));
  const shared = sharedSpeakers(root, found, parsed, split);
  const remedy = silent.length > 0
    ? `All ${silent.length} transcripts are empty: name another file in dataset.transcript, or write them.`
    : `Name a data folder with utterances in dataset.${split}.`;
  const index = indexUtterances(
    root,
    { split, found, skipped: read.skipped, leftOut: silent.length, sharedSpeakers: shared, remedy },
    classes,
    parsed,
  );
  const findings: Finding[] = [
    linkFinding(root, found.map(({ path }) => path)),
    {
      level: "warning",
      what: `utterances have no line in ${transcript} and are left out`,
      names: untranscribed(folder),
    },
    { level: "warning", what: `utterances of ${transcript} are empty and left out`, names: silent },
  ];
  tellUtterances(index, { found, findings }, report);
  return index;
};

/** All utterances that the transcripts of any split's folder have. */
export const otherNames: OtherNames = ({ settings, inputs }) => {
  const parsed = parseSettings(kaldiSchema, settings, "Cannot index the corpus");
  const folders = new Set(SPLITS.map((split) => folderOf(split, parsed)));
  return new Set([...folders].flatMap((folder) => {
    const file = `${folder}/${parsed.transcript}`;
    const text = readTextIfThere(`${inputs["audio"]!}/${file}`);
    return text === undefined ? [] : [...keysIn(text, file)];
  }));
};

/** TIMIT's, or where the map leads, or all that any split's transcripts say. */
function phonesOf(root: string, { phones, transcript, ...folders }: KaldiSettings, map: PhoneMap | null) {
  if (phones !== "map") return TIMIT_PHONES;
  const said = () => SPLITS.flatMap((split) => [...wordsOf(root, folderOf(split, folders), transcript)]);
  return [...new Set(map?.values() ?? said())].sort();
}

/** Speakers of the split who are in another split's folder too, if that is there. */
function sharedSpeakers(
  root: string,
  found: readonly { readonly speaker: string }[],
  settings: KaldiSettings,
  split: SplitName,
): number {
  const own = folderOf(split, settings);
  const others = new Set(SPLITS.map((other) => folderOf(other, settings)).filter((folder) => folder !== own));
  const elsewhere = new Set([...others].flatMap((folder) => [...wordsOf(root, folder, "utt2spk")]));
  return new Set(found.map(({ speaker }) => speaker)).intersection(elsewhere).size;
}

/** None where there is no such file. */
function wordsOf(root: string, folder: string, file: string): ReadonlySet<string> {
  const text = readTextIfThere(`${root}/${folder}/${file}`);
  return text === undefined ? new Set() : wordsIn(text, `${folder}/${file}`);
}

async function stretchOf(root: string, { name, path, segment }: KaldiUtterance) {
  const facts = await factsOf(`${root}/${path}`, name);
  const { sampleRate, channels, frames } = facts;
  if (segment === null) return { ...facts, path };
  const start = Math.round(segment.start * sampleRate);
  const said = segment.end === null ? frames : Math.round(segment.end * sampleRate);
  const end = Math.min(said, frames);
  if (start >= end || said - frames > MOST_OVERSHOOT_SECONDS * sampleRate) {
    throw new UserError(
      "bad-dataset",
      `Cannot use utterance ${name}: it is from ${segment.start} to ${
        segment.end ?? "the end"
      } s of ${path}, which is ${
        frames / sampleRate
      } s long. Correct segments, or let it be left out (bad_files: skip).`,
    );
  }
  const { channel } = segment;
  if (channel !== undefined && channel >= channels) {
    throw new UserError(
      "bad-dataset",
      `Cannot use utterance ${name}: segments wants channel ${channel} of ${path}, which has ${channels}, counted from 0.`,
    );
  }
  return { ...facts, path, start, count: end - start, ...(channel === undefined ? {} : { channel }) };
}

async function factsOf(path: string, utterance: string): Promise<AudioFacts> {
  try {
    return await examineAudio(path);
  } catch (error) {
    if (!(error instanceof UserError && error.cause instanceof Deno.errors.NotFound)) throw error;
    throw new UserError(
      "bad-dataset",
      `Cannot use utterance ${utterance}: there is no file ${path}. Paths in wav.scp are relative to dataset.root.`,
      { cause: error },
    );
  }
}

function readFolder(root: string, folder: string, transcript: string): KaldiFolder {
  const wanted = (name: string): string => {
    const text = readTextIfThere(`${root}/${folder}/${name}`);
    if (text !== undefined) return text;
    throw new UserError(
      "bad-dataset",
      `Cannot index ${root}/${folder}: it has no file ${name}, wanted a Kaldi data folder with wav.scp, utt2spk and ` +
        `${transcript}. Check dataset.root, dataset.train, dataset.test and dataset.transcript.`,
    );
  };
  return {
    name: folder,
    wavScp: wanted("wav.scp"),
    utt2spk: wanted("utt2spk"),
    transcript: wanted(transcript),
    segments: readTextIfThere(`${root}/${folder}/segments`),
  };
}
