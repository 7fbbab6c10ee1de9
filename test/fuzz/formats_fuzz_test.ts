import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  decodeTensors,
  encodeTensors,
  type StoredTensor,
  type WritableData,
} from "../../lib/formats/safetensors.ts";
import { parseSources } from "../../lib/download/sources.ts";
import { kaldiUtterances } from "../../lib/data/kaldi/folders.ts";
import { parsePhn } from "../../lib/data/timit_layout/sentences.ts";
import { parsePhoneMap } from "../../lib/phones/phone_map.ts";
import { indexText, parseIndex } from "../../lib/records/example_index.ts";
import { damaged, damagedText, fuzz, mustReadOrRefuse } from "./fuzz.ts";

const tensors: readonly ReadonlyMap<string, StoredTensor<WritableData>>[] = [
  new Map([["linearlayer.weight", { shape: [2, 3], data: new Float32Array(6) }]]),
  new Map<string, StoredTensor<WritableData>>([
    ["labels", { shape: [4], data: new Int32Array(4) }],
    ["features", { shape: [4, 2], data: new Int16Array(8) }],
    ["", { shape: [], data: new Float32Array(1) }],
  ]),
];
const files = tensors.map((map) => encodeTensors(map, { frontend: '{"kind":"nnaudio"}' }));

fuzz(
  "decodeTensors() reads damaged safetensors files or says what is wrong",
  damaged(files),
  (file) => mustReadOrRefuse(() => decodeTensors(file, "x.safetensors")),
);

const header = fc.dictionary(
  fc.string({ maxLength: 8 }),
  fc.record({
    dtype: fc.constantFrom("F32", "I16", "F8", "constructor"),
    shape: fc.array(fc.oneof(fc.nat(4), fc.constantFrom(2 ** 31, 2 ** 53, -1, 0.5)), { maxLength: 4 }),
    data_offsets: fc.array(fc.oneof(fc.nat(64), fc.constantFrom(2 ** 53, -1)), { maxLength: 3 }),
  }),
);

fuzz("decodeTensors() judges headers that claim anything", fc.tuple(header, fc.nat(64)), ([claims, size]) => {
  const json = new TextEncoder().encode(JSON.stringify(claims));
  const file = new Uint8Array(8 + json.length + size);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  return mustReadOrRefuse(() => decodeTensors(file, "x.safetensors"));
});

const stored = fc.dictionary(
  fc.string({ unit: "binary", maxLength: 12 }).filter((name) =>
    name !== "__metadata__" && name !== "__proto__"
  ),
  fc.float32Array({ maxLength: 20 }),
);

fuzz("encodeTensors() and decodeTensors() give every value back", stored, (values) => {
  const map = new Map(Object.entries(values).map(([name, data]) => [name, { shape: [data.length], data }]));
  const { tensors } = decodeTensors(encodeTensors(map, {}), "x");
  assertEquals(new Map([...tensors].sort()), new Map([...map].sort()));
});

const phn = "0 3050 h#\n3050 4559 sh\n4559 5723 ix\n5723 6642 hv\n";
fuzz(
  "parsePhn() reads damaged transcripts or says which line",
  damagedText([phn]),
  (text) => mustReadOrRefuse(() => parsePhn(text, "SX1.PHN")),
);

fuzz(
  "parsePhoneMap() reads damaged maps or says which line",
  damagedText(["aa aa\nAO0 ao\n# x\nSIL h#\n"]),
  (text) => mustReadOrRefuse(() => parsePhoneMap(text, "map.txt")),
);

const kaldi = ["a1 wav/a1.wav\na2 wav/a2.wav\n", "a1 a\na2 a\n", "a1 aa b\na2 k\n", "a1 a1 0 1.5\n"];
fuzz(
  "kaldiUtterances() reads damaged data folders or says what is wrong",
  fc.tuple(...kaldi.map((text) => damagedText([text]))),
  ([wavScp, utt2spk, transcript, segments]) =>
    mustReadOrRefuse(() =>
      kaldiUtterances(
        { name: "train", wavScp: wavScp!, utt2spk: utt2spk!, transcript: transcript!, segments: segments! },
        "/corpus",
        "text",
      )
    ),
);

const sources = Deno.readTextFileSync(new URL("../../data/sources.json", import.meta.url));
fuzz(
  "parseSources() reads damaged source lists or says what is wrong",
  damagedText([sources]),
  (text) => mustReadOrRefuse(() => parseSources(text, "data/sources.json")),
);

const index = indexText({
  split: "train",
  classes: ["yes"],
  sampleRate: 16000,
  clipSamples: 16000,
  sampleBits: 16,
  examples: [
    { name: "a", input: "audio", path: "yes/a.wav", speaker: "a", start: 0, samples: 16000, labels: ["yes"] },
  ],
  notes: { split_by: "lists", resampled: 0 },
  skipped: [{ path: "yes/b.wav", reason: "unreadable" }],
});
fuzz(
  "parseIndex() reads damaged indexes or says what is wrong",
  damagedText([index]),
  (text) => mustReadOrRefuse(() => parseIndex(text, "index.json")),
);
