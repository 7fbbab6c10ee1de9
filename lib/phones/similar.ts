/** Phrases that sound like another, and parts of it: what a spotter must not take for it. Pure. */

/** A word with its phones, in TIMIT's names folded to 39. */
export type Lexicon = ReadonlyMap<string, readonly string[]>;

/** A phrase as it is written and said. */
export interface SpokenPhrase {
  readonly words: readonly string[];
  /** Of each word. */
  readonly phones: readonly (readonly string[])[];
}

/**
 * Phones that are taken for one another more easily than others: vowels that are neighbours, consonants of one manner or
 * place (the confusions of Miller and Nicely 1955 and of Peterson and Barney 1952, coarsely).
 */
const ALIKE: readonly (readonly string[])[] = [
  ["iy", "ih", "ey", "eh", "ae"],
  ["aa", "ah", "ow", "aw", "ay"],
  ["uw", "uh", "ow", "oy"],
  ["er", "ah", "r"],
  ["p", "b", "t", "d", "k", "g"],
  ["f", "v", "th", "dh"],
  ["s", "z", "sh", "ch", "jh"],
  ["m", "n", "ng"],
  ["l", "r", "w", "y"],
];
/** Of a substitution by a phone that is alike; any other, an insertion and a deletion cost 1. */
const ALIKE_COST = 0.5;

const PAIRS: ReadonlySet<string> = new Set(
  ALIKE.flatMap((group) => group.flatMap((a) => group.filter((b) => b !== a).map((b) => `${a} ${b}`))),
);

/** Least cost of substitutions, insertions and deletions that make one sequence of phones of another. */
export function phoneDistance(from: readonly string[], to: readonly string[]): number {
  let above = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const [a, b] = [from[i - 1]!, to[j - 1]!];
      const substituted = above[j - 1]! + (a === b ? 0 : PAIRS.has(`${a} ${b}`) ? ALIKE_COST : 1);
      row.push(Math.min(substituted, above[j]! + 1, row[j - 1]! + 1));
    }
    above = row;
  }
  return above[to.length]!;
}

/** Beyond this share of its phones a word no longer sounds like another. */
const MOST_OF_WORD = 0.4;

/**
 * Phrases in which one word is another that sounds like it, the most alike first, each word in turn. None sounds the
 * same.
 */
export function similarPhrases({ words, phones }: SpokenPhrase, lexicon: Lexicon, count: number): string[] {
  const ranked = words.map((word, place) =>
    nearWords(word, phones[place]!, lexicon).map((other) =>
      [...words.slice(0, place), other, ...words.slice(place + 1)].join(" ")
    )
  );
  const found = new Set<string>();
  const longest = Math.max(0, ...ranked.map(({ length }) => length));
  for (let rank = 0; rank < longest && found.size < count; rank++) {
    for (const own of ranked) if (own[rank] !== undefined && found.size < count) found.add(own[rank]!);
  }
  return [...found];
}

function nearWords(word: string, phones: readonly string[], lexicon: Lexicon): string[] {
  const most = MOST_OF_WORD * phones.length;
  const near: { readonly other: string; readonly distance: number }[] = [];
  for (const [other, own] of lexicon) {
    if (other === word || Math.abs(own.length - phones.length) > most) continue;
    const distance = phoneDistance(phones, own);
    if (distance > 0 && distance <= most) near.push({ other, distance });
  }
  const sorted = near.toSorted((a, b) => a.distance - b.distance || (a.other < b.other ? -1 : 1));
  // Of words of the same sound one is enough.
  const sounds = new Set<string>();
  return sorted.flatMap(({ other }) => {
    const sound = lexicon.get(other)!.join(" ");
    if (sounds.has(sound)) return [];
    sounds.add(sound);
    return [other];
  });
}

/** A part of a word is at least this share of its phones, and this many. */
const [LEAST_SHARE, LEAST_PHONES] = [0.4, 2];
/** Beginnings, and ends, of a single word. */
const MOST_PARTS = 2;

/**
 * Parts of a phrase: its words, those that follow on each other, all of them backwards; of a single word, words that it
 * begins or ends with.
 */
export function partsOfPhrase({ words, phones }: SpokenPhrase, lexicon: Lexicon): string[] {
  if (words.length === 1) return partsOfWord(words[0]!, phones[0]!, lexicon);
  const parts = new Set<string>();
  for (let length = 1; length < words.length; length++) {
    for (let first = 0; first + length <= words.length; first++) {
      parts.add(words.slice(first, first + length).join(" "));
    }
  }
  parts.add(words.toReversed().join(" "));
  parts.delete(words.join(" "));
  return [...parts];
}

function partsOfWord(word: string, phones: readonly string[], lexicon: Lexicon): string[] {
  const least = Math.max(LEAST_PHONES, LEAST_SHARE * phones.length);
  const byLength = (wanted: (own: readonly string[]) => boolean) => {
    const found = [...lexicon].filter(([other, own]) =>
      other !== word && own.length >= least && own.length < phones.length && wanted(own)
    ).toSorted(([a, own], [b, other]) =>
      other.length - own.length || a.length - b.length || (a < b ? -1 : 1)
    );
    const sounds = new Map(found.toReversed().map(([other, own]) => [own.join(" "), other]));
    return found.filter(([other, own]) => sounds.get(own.join(" ")) === other).slice(0, MOST_PARTS);
  };
  const isPart = (own: readonly string[], from: number) =>
    own.every((phone, i) => phone === phones[from + i]);
  return [...byLength((own) => isPart(own, 0)), ...byLength((own) => isPart(own, phones.length - own.length))]
    .map(([other]) => other);
}
