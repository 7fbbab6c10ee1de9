/** Indices of a corpus of utterances in the tests. */
import type { JsonObject } from "../../../lib/base/json.ts";
import type { Indexer } from "../../../lib/data/contract.ts";
import { type ExampleIndex, indexText } from "../../../lib/records/example_index.ts";
import type { Indices } from "./words_folder.ts";

/** @param inputs Besides `audio` and what training decided. */
export async function indexAll(
  indexer: Indexer,
  settings: JsonObject,
  audio: string,
  inputs: Readonly<Record<string, string>> = {},
): Promise<Indices> {
  const report = { progress() {}, note() {} };
  const index = (split: "train" | "validation" | "test", more: Readonly<Record<string, string>> = {}) =>
    indexer({ split, settings, inputs: { audio, ...inputs, ...more } }, report);
  const train = await index("train");
  const training = Deno.makeTempFileSync();
  try {
    Deno.writeTextFileSync(training, indexText(train));
    const more = settings["output"] === "phone" ? {} : { training };
    return { train, validation: await index("validation", more), test: await index("test", more) };
  } finally {
    Deno.removeSync(training);
  }
}

/** What is said, with spaces. */
export function transcripts({ examples }: ExampleIndex): string[] {
  return examples.map(({ labels }) => labels.join(" "));
}
