/** The text files of the synthetic data set: lists of the splits, a description, and who is to be credited. */
import { ENGINE_CREDITS } from "../../speech/catalogue.ts";
import { type SplitName, SPLITS } from "../../records/example_index.ts";
import type { SpokenPlan } from "./plan.ts";

/** File name -> text. */
export function spokenTexts(plan: SpokenPlan): Readonly<Record<string, string>> {
  return {
    "validation_list.txt": listOf(plan, "validation"),
    "testing_list.txt": listOf(plan, "test"),
    "README.md": readme(plan),
    "LICENSE": license(plan),
  };
}

function listOf(plan: SpokenPlan, split: SplitName): string {
  const paths = plan.clips.filter(({ voice }) => voice.split === split).map(({ path }) => path);
  return paths.sort().map((path) => `${path}\n`).join("");
}

function readme(plan: SpokenPlan): string {
  const voices = [...plan.voices].sort((a, b) => a.speaker < b.speaker ? -1 : 1);
  const rows = voices.map((voice) =>
    `| ${voice.speaker} | ${voice.split} | ${voice.engine} | ${voice.variant} | ${voice.kind} | ${voice.semitones} | ` +
    `${voice.speed} | ${voice.tract} |`
  );
  const counts = SPLITS.map((split) =>
    `${plan.clips.filter(({ voice }) => voice.split === split).length} ${split} clips of ` +
    `${voices.filter((voice) => voice.split === split).length} voices`
  );
  return `# Synthetic spoken words

Words spoken by text-to-speech engines in the folder layout of Speech Commands: \`<word>/<speaker>_nohash_<take>.wav\`,
one second each, 16 bits, one channel; \`_background_noise_\` holds longer recordings without words. No person speaks
here, and no score on this data says how well a model understands people.

${
    counts.join(", ")
  }. No voice is in two splits. A voice is an engine's variant with its own pitch (semitones), speed
and vocal tract length (both relative to the variant's own); flite and gnuspeech have five variants each, so one of
theirs can appear in several splits as different voices.

| speaker | split | engine | variant | kind | semitones | speed | tract |
|---|---|---|---|---|---|---|---|
${rows.join("\n")}
`;
}

function license(plan: SpokenPlan): string {
  const engines = [...new Set(plan.voices.map(({ engine }) => engine))].sort();
  return `The recordings in this folder are the output of these programs, none of which is contained in it:

${engines.map((engine) => `- ${ENGINE_CREDITS[engine]}`).join("\n")}

The programs' licences cover the programs, not the sound they make; flite's voices ask to be credited as above.
`;
}
