/** A miniature corpus in TIMIT's layout: real structure, tones for speech. */
import type { Project } from "./project.ts";
import { sphere } from "./sphere_bytes.ts";

export interface TimitCorpusOptions {
  /** As LDC's discs (`TRAIN/DR1/FCJF0/SX37.PHN`) or as many copies (`train/dr1/fcjf0/sx37.phn`). */
  readonly letters?: "upper" | "lower";
  readonly bigEndian?: boolean;
  /** Speakers of each folder. */
  readonly train?: readonly string[];
  readonly test?: readonly string[];
  readonly seconds?: number;
}

/** Every speaker says these; SA sentences are the same for all. */
const SENTENCES: Readonly<Record<string, string>> = {
  sa1: "She had your dark suit.",
  sa2: "Don't ask me.",
  sx37: "Critical equipment, needs maintenance.",
  si648: "A big cup!",
};

/** Tones of these phones' frequencies follow each other, so that something can be learnt. */
const PHONES = ["h#", "iy", "bcl", "b", "aa", "ix", "s", "h#"];
const RATE = 16000;

/** Writes `<folder>/TRAIN` and `<folder>/TEST`. */
export function writeTimitCorpus(folder: string, options: TimitCorpusOptions = {}): void {
  const {
    letters = "upper",
    bigEndian = false,
    train = ["FCJF0", "MDAC0", "MGRL0"],
    test = ["FELC0", "MXYZ0"],
  } = options;
  const spelled = (text: string) => letters === "upper" ? text.toUpperCase() : text.toLowerCase();
  for (const [split, speakers] of [["train", train], ["test", test]] as const) {
    for (const [i, speaker] of speakers.entries()) {
      const path = `${folder}/${spelled(split)}/${spelled(`dr${i % 8 + 1}`)}/${spelled(speaker)}`;
      Deno.mkdirSync(path, { recursive: true });
      for (const [k, [sentence, text]] of Object.entries(SENTENCES).entries()) {
        const phones = rotated(PHONES, i + k);
        const samples = tones(phones, options.seconds ?? 0.4);
        const step = samples.length / phones.length;
        const write = (ending: string, content: string) =>
          Deno.writeTextFileSync(`${path}/${spelled(`${sentence}.${ending}`)}`, content);
        Deno.writeFileSync(`${path}/${spelled(`${sentence}.wav`)}`, sphere(samples, { bigEndian }));
        write(
          "phn",
          phones.map((phone, p) => `${Math.round(p * step)} ${Math.round((p + 1) * step)} ${phone}\n`).join(
            "",
          ),
        );
        write("txt", `0 ${samples.length} ${text}\n`);
      }
    }
  }
}

/** The silences stay at the ends. */
function rotated(phones: readonly string[], by: number): string[] {
  const inner = phones.slice(1, -1);
  return ["h#", ...inner.map((_, i) => inner[(i + by) % inner.length]!), "h#"];
}

function tones(phones: readonly string[], seconds: number): Int16Array {
  const each = Math.round(seconds * RATE / phones.length);
  return Int16Array.from({ length: each * phones.length }, (_, n) => {
    const phone = PHONES.indexOf(phones[Math.floor(n / each)]!);
    return Math.round((phone === 0 ? 30 : 6000) * Math.sin(2 * Math.PI * (300 + 500 * phone) * n / RATE));
  });
}

/** Seven speakers in the project's folder. @returns Arguments that make a run of `asr` on them take seconds. */
export function miniatureTimit(project: Project, name = "corpus"): string[] {
  const root = `${project.folder}/${name}`;
  writeTimitCorpus(root, {
    train: ["FAAA0", "MBBB0", "MCCC0", "FDDD0", "MEEE0"],
    test: ["FZZZ0", "MYYY0"],
    seconds: 0.6,
  });
  return [
    "dataset=timit",
    `root=${root}`,
    "trainer.epochs=2",
    "trainer.batch_size=4",
    "frontend.n_mels=10",
    "backend=wasm",
  ];
}
