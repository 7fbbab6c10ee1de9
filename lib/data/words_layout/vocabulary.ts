/** The vocabulary of Speech Commands v0.02 (Warden 2018, arXiv:1804.03209). */

/** The ten words a keyword spotter is usually asked to tell apart, in the order of the paper. */
export const TEN_WORDS: readonly string[] = "yes no up down left right on off stop go".split(" ");

/** All 35 words. */
export const ALL_WORDS: readonly string[] = [
  ...TEN_WORDS,
  ..."zero one two three four five six seven eight nine".split(" "),
  ..."bed bird cat dog happy house marvin sheila tree wow".split(" "),
  ..."backward follow forward learn visual".split(" "),
];

/** Folder and class of clips without speech. */
export const SILENCE = "_silence_";
/** Folder and class of words that are no targets. */
export const UNKNOWN = "_unknown_";
/** Folder of long recordings without words. */
export const BACKGROUND_NOISE = "_background_noise_";
/** The recording that Speech Commands' own preparation keeps for validation. */
export const VALIDATION_NOISE = "running_tap";
