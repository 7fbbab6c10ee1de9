/** The report's answer in sentences. Pure. */
import { type Gain, type Verdict, verdict } from "../statistics/gains.ts";
import type { Measure } from "../statistics/measure.ts";
import { isSetting } from "../statistics/selection.ts";
import { count, listed, percent, signed, titled } from "../text/wording.ts";

/** By run, the parts of its front-end that are trained, as people call them. */
export type TrainedWords = ReadonlyMap<string, readonly string[]>;

/** What a group's runs train; of runs that nothing more is known of, as their setting has it. */
export function trainedIn({ runs, setting }: Gain, words: TrainedWords): readonly string[] {
  return words.get(runs[0]!) ?? setting.split("+");
}

const VERDICTS = {
  gain: "more than chance explains",
  loss: "a loss that chance does not explain",
  unclear: "too little to tell from chance",
} as const;

export interface Answer {
  readonly lead: string;
  readonly sentences: readonly string[];
}

/** One sentence for each group, of its setting with most trained. */
export function answerOf(gains: readonly Gain[], measure: Measure, words: TrainedWords): Answer {
  if (gains.length === 0) {
    return {
      lead: "Nothing to compare with",
      sentences: [
        "No run here has a twin in setting A, in which nothing of the front-end is trained; add A to the settings to see " +
        "what training buys.",
      ],
    };
  }
  const groups = [...Map.groupBy(gains, ({ group }) => group).values()];
  const fullest = groups.map((group) =>
    group.toSorted((a, b) =>
      b.trainedParameters - a.trainedParameters || (a.setting < b.setting ? 1 : -1)
    )[0]!
  );
  return {
    lead: leadOf(fullest, measure, words),
    sentences: fullest.map((gain) => sentenceOf(gain, measure, words)),
  };
}

function leadOf(fullest: readonly Gain[], measure: Measure, words: TrainedWords): string {
  const [first] = fullest;
  if (fullest.length === 1) {
    const { gain } = first!;
    return `Training ${listed(trainedIn(first!, words))}: ${signed(gain.value)} points of ${measure.name}, ${
      VERDICTS[verdict(gain, measure)]
    }`;
  }
  const tellers: readonly (readonly [Verdict, string])[] = [
    ["gain", "better"],
    ["loss", "worse"],
    ["unclear", "cannot be told from chance"],
  ];
  const parts = tellers.flatMap(([outcome, words]) => {
    const values = fullest.map(({ gain }) => gain).filter((gain) => verdict(gain, measure) === outcome)
      .map(({ value }) => value).sort((a, b) => a - b);
    if (values.length === 0) return [];
    const [least, most] = [signed(values[0]!), signed(values.at(-1)!)];
    return [`${values.length} ${words} (${least === most ? least : `${least} to ${most}`} points)`];
  });
  return `${titled(measure.name)} after training the basis, of ${
    count(fullest.length, "combination")
  } of model and front-end: ${parts.join(", ")}`;
}

function sentenceOf(g: Gain, measure: Measure, words: TrainedWords): string {
  const { gain, seeds, sizes, tests } = g;
  const basis = [
    seeds > 1 ? `${seeds} seeds` : "one seed",
    count(tests, measure.unit) + (gain.paired ? "" : ", not the same for all"),
    ...(sizes > 1 ? [`mean over ${sizes} numbers of bands`] : []),
  ].join(", ");
  const cost = g.trainSecondsInA > 0 && g.trainSeconds > 0
    ? ` Training took ${(g.trainSeconds / g.trainSecondsInA).toPrecision(2)} times as long.`
    : "";
  const short = isSetting(g.setting) ? ` (${g.setting})` : "";
  return `${g.group}: training ${listed(trainedIn(g, words))}${short} changed test ${measure.name} by ${
    signed(gain.value)
  } points, from ${percent(g.scoreInA)} to ${percent(g.score)}; 95 % interval ${signed(gain.low)} to ${
    signed(gain.high)
  } (${basis}): ${VERDICTS[verdict(gain, measure)]}.${cost}`;
}
