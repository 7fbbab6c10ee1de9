/** What is read aloud as running speech: sentences of common and of any words, none of which is to be told. Pure. */
import type { Rng } from "../../base/random.ts";
import type { Lexicon } from "../../phones/similar.ts";

/** What holds English sentences together: about half of what is said. */
const COMMON = `
  the a an and of in it its is was are were be been being that this these those as at by for with from into about over
  under after before between through during without against among I you he she we they him her them us me my your his
  our their who which what when where why how if then than because while until although but or nor so too very just even
  still again once always never often here there now soon some any all both each many much more most other such same
  have has had do does did would could should may might must can will shall not only own back out away around
`.split(/\s+/).filter((word) => word !== "");
const COMMON_SHARE = 0.5;
/** Words of a sentence, and how often one is followed by a comma. */
const [FEWEST, MOST] = [4, 10];
const COMMA_SHARE = 0.12;

/** Words that sentences are made of. */
export interface Vocabulary {
  readonly common: readonly string[];
  readonly others: readonly string[];
}

/**
 * All words of the lexicon and the common ones, without those that are to be told, their parts, and whatever sounds the
 * same (no and know, right and write).
 * @param targets Words or phrases.
 */
export function vocabularyWithout(targets: readonly string[], lexicon: Lexicon): Vocabulary {
  const wanted = new Set(targets.flatMap((target) => target.toLowerCase().split(" ")));
  const soundOf = (word: string) => lexicon.get(word)?.join(" ");
  const sounds = new Set([...wanted].map(soundOf).filter((sound) => sound !== undefined));
  const differs = (word: string) => {
    const sound = soundOf(word.toLowerCase());
    return !wanted.has(word.toLowerCase()) && (sound === undefined || !sounds.has(sound));
  };
  return { common: COMMON.filter(differs), others: [...lexicon.keys()].filter(differs).sort() };
}

/** One sentence, of no sense: what matters is that any sounds follow on each other. */
export function runningSentence({ common, others }: Vocabulary, rng: Rng): string {
  const count = FEWEST + rng.integer(MOST - FEWEST + 1);
  const words = Array.from({ length: count }, (_, i) => {
    const word = rng.pick(rng.uniform() < COMMON_SHARE ? common : others);
    return i + 1 < count && rng.uniform() < COMMA_SHARE ? `${word},` : word;
  });
  const text = words.join(" ");
  return `${text[0]!.toUpperCase()}${text.slice(1)}.`;
}
