/** Phones as eSpeak NG reports them for English, in TIMIT's names. Pure. */

export interface TimedPhone {
  readonly phone: string;
  /** First sample. */
  readonly begin: number;
  /** Behind the last one. */
  readonly end: number;
}

/** A stretch of speech as an engine reports it; null is a pause. */
export interface HeardPhone {
  readonly ipa: string | null;
  readonly begin: number;
  readonly end: number;
}

/**
 * IPA -> TIMIT phones, for the accents that {@link SENTENCE_ACCENTS} lists. A stop is a closure and its release, as in
 * TIMIT's transcripts.
 */
const TIMIT_OF: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    a: "ae",
    aɪ: "ay",
    aɪə: "ay ax",
    aɪɚ: "ay axr",
    aʊ: "aw",
    b: "bcl b",
    d: "dcl d",
    dʒ: "dcl jh",
    eə: "eh ax",
    eɪ: "ey",
    f: "f",
    h: "hh",
    i: "iy",
    iə: "ih ax",
    iː: "iy",
    j: "y",
    k: "kcl k",
    l: "l",
    m: "m",
    n: "n",
    "n̩": "en",
    oʊ: "ow",
    oː: "ao",
    p: "pcl p",
    s: "s",
    t: "tcl t",
    tʃ: "tcl ch",
    uː: "uw",
    v: "v",
    w: "w",
    z: "z",
    æ: "ae",
    ð: "dh",
    ŋ: "ng",
    ɐ: "ax",
    ɑː: "aa",
    ɑːɹ: "aa r",
    ɒ: "ao",
    ɔ: "ao",
    ɔɪ: "oy",
    ɔː: "ao",
    ɔːɹ: "ao r",
    oːɹ: "ao r",
    ə: "ax",
    əl: "el",
    əʊ: "ow",
    ɚ: "axr",
    ɛ: "eh",
    ɛɹ: "eh r",
    ɜː: "er",
    ɡ: "gcl g",
    ɪ: "ih",
    ɪɹ: "ih r",
    ɹ: "r",
    ɾ: "dx",
    ʃ: "sh",
    ʊ: "uh",
    ʊə: "uh ax",
    ʊɹ: "uh r",
    ʌ: "ah",
    ʒ: "zh",
    ʔ: "q",
    θ: "th",
    ᵻ: "ix",
  }).map(([ipa, phones]) => [ipa, phones.split(" ")]),
);

/** The accents whose phones are known here. */
export const SENTENCE_ACCENTS: readonly string[] = ["gmw/en-US", "gmw/en", "gmw/en-GB-x-rp"];

/** How much of a stop or an affricate its closure takes; other pairs share alike. */
const CLOSURE_SHARE = 0.6;
/** Silence inside a sentence, and at its two ends. */
const PAUSE = "pau";
const ENDS = "h#";

/**
 * @param heard In order, without gaps; it may begin and end with pauses.
 * @param samples Length of the recording. Before the first phone and after the last is `h#`.
 * @throws {RangeError} For a phone that has no name in TIMIT.
 */
export function timitPhones(heard: readonly HeardPhone[], samples: number): TimedPhone[] {
  const first = heard.findIndex(({ ipa }) => ipa !== null);
  const last = heard.findLastIndex(({ ipa }) => ipa !== null);
  if (first < 0) throw new RangeError("Cannot name the phones of silence");
  const inner = heard.slice(first, last + 1).flatMap(namedParts).filter(({ begin, end }) => end > begin);
  return merged([
    { phone: ENDS, begin: 0, end: heard[first]!.begin },
    ...inner,
    { phone: ENDS, begin: heard[last]!.end, end: samples },
  ]);
}

function namedParts({ ipa, begin, end }: HeardPhone): TimedPhone[] {
  if (ipa === null) return [{ phone: PAUSE, begin, end }];
  const names = TIMIT_OF.get(ipa);
  if (names === undefined) throw new RangeError(`Cannot name the phone ${JSON.stringify(ipa)} as TIMIT does`);
  if (names.length === 1) return [{ phone: names[0]!, begin, end }];
  const share = names[0]!.endsWith("cl") ? CLOSURE_SHARE : 1 / 2;
  const middle = begin + Math.round(share * (end - begin));
  return [{ phone: names[0]!, begin, end: middle }, { phone: names[1]!, begin: middle, end }];
}

/** Pauses that follow each other are one. */
function merged(phones: readonly TimedPhone[]): TimedPhone[] {
  const result: TimedPhone[] = [];
  for (const phone of phones) {
    const before = result.at(-1);
    if (before?.phone === PAUSE && phone.phone === PAUSE) {
      result[result.length - 1] = { ...before, end: phone.end };
    } else result.push(phone);
  }
  return result;
}
