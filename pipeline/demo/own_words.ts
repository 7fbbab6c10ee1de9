/** Words that are recorded in the page, until there are enough to learn from. Pure. */
import { UserError } from "../../lib/base/errors.ts";
import type { Take } from "../../lib/enrol/takes.ts";
import { checkWords, wordName } from "../../lib/enrol/words.ts";

/** A recording that is kept. */
export interface OwnTake extends Take {
  readonly id: number;
  /** Probability of its word by a model that learnt without it; undefined before anything was learnt. */
  score: number | null | undefined;
}

/** A word with its recordings, in the order in which they were made. */
export interface OwnWord {
  readonly word: string;
  readonly takes: readonly OwnTake[];
}

/** Recordings of a word: fewer are told from too little else, more bring nothing. */
export const [FEWEST_TAKES, MOST_TAKES] = [5, 20];
/** Of what was taken for a word: the last ones count. */
export const MOST_FALSE_ALARMS = 20;

/** What was recorded so far. */
export class OwnWords {
  readonly #takes = new Map<string, OwnTake[]>();
  #falseAlarms: OwnTake[] = [];
  #next = 1;

  get words(): readonly OwnWord[] {
    return [...this.#takes].map(([word, takes]) => ({ word, takes }));
  }

  /** What was taken for one of the words and was none. */
  get falseAlarms(): readonly OwnTake[] {
    return this.#falseAlarms;
  }

  /**
   * What a word is called that gets another recording.
   * @param classes What the model tells without own words.
   * @throws {UserError} `usage`: no name for a word, one that the model has, or one with all the recordings there can be.
   */
  named(text: string, classes: readonly string[]): string {
    const word = wordName(text);
    checkWords([word], classes);
    if ((this.#takes.get(word)?.length ?? 0) < MOST_TAKES) return word;
    throw new UserError(
      "usage",
      `Cannot add a recording of ${word}: it has ${MOST_TAKES}, and more bring nothing. Delete one, or learn.`,
    );
  }

  /** @param word As {@link named} has it. */
  add(word: string, recording: Omit<Take, "name">): OwnTake {
    const takes = this.#takes.get(word) ?? [];
    const take = this.#numbered(`recording ${takes.length + 1} of ${word}`, recording);
    this.#takes.set(word, [...takes, take]);
    return take;
  }

  addFalseAlarm(recording: Omit<Take, "name">): void {
    const take = this.#numbered("a false alarm", recording);
    this.#falseAlarms = [...this.#falseAlarms, take].slice(-MOST_FALSE_ALARMS);
  }

  /** A word without recordings goes too, and what was taken for words when there are none. */
  remove(id: number): void {
    for (const [word, takes] of this.#takes) {
      const kept = takes.filter((take) => take.id !== id);
      if (kept.length === 0) this.#takes.delete(word);
      else this.#takes.set(word, kept);
    }
    this.#falseAlarms = this.#takes.size === 0 ? [] : this.#falseAlarms.filter((take) => take.id !== id);
  }

  /** Why nothing can be learnt yet; null: it can. */
  get hindrance(): string | null {
    if (this.#takes.size === 0) return "No word is recorded yet.";
    const short = this.words.find(({ takes }) => takes.length < FEWEST_TAKES);
    if (short === undefined) return null;
    return `${short.word} has ${short.takes.length} of at least ${FEWEST_TAKES} recordings.`;
  }

  #numbered(name: string, { samples, sampleRate }: Omit<Take, "name">): OwnTake {
    return { id: this.#next++, name, samples, sampleRate, score: undefined };
  }
}
