/** The report's answer in sentences. Pure. */
import { type Gain, type Verdict, verdict } from "../statistics/gains.ts";
import type { Measure } from "../statistics/measure.ts";
import { count, percent, signed, titled } from "../text/wording.ts";

/** What each setting trains. */
const TRAINED: Readonly<Record<string, string>> = {
  B: "the filters",
  C: "the STFT kernels",
  D: "kernels and filters",
};

/** A list's parts one after the other. */
function trainedIn(setting: string): string {
  return TRAINED[setting] ?? setting.replaceAll("+", " and ");
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
export function answerOf(gains: readonly Gain[], measure: Measure): Answer {
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
  return { lead: leadOf(fullest, measure), sentences: fullest.map((gain) => sentenceOf(gain, measure)) };
}

function leadOf(fullest: readonly Gain[], measure: Measure): string {
  const [first] = fullest;
  if (fullest.length === 1) {
    const { gain, setting } = first!;
    return `Training ${trainedIn(setting)}: ${signed(gain.value)} points of ${measure.name}, ${
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

function sentenceOf(g: Gain, measure: Measure): string {
  const { gain, seeds, sizes, tests } = g;
  const basis = [
    seeds > 1 ? `${seeds} seeds` : "one seed",
    count(tests, measure.unit) + (gain.paired ? "" : ", not the same for all"),
    ...(sizes > 1 ? [`mean over ${sizes} numbers of bands`] : []),
  ].join(", ");
  const cost = g.trainSecondsInA > 0 && g.trainSeconds > 0
    ? ` Training took ${(g.trainSeconds / g.trainSecondsInA).toPrecision(2)} times as long.`
    : "";
  return `${g.group}: training ${
    g.setting in TRAINED ? `${TRAINED[g.setting]} (${g.setting})` : trainedIn(g.setting)
  } changed test ${measure.name} by ${signed(gain.value)} points, from ${percent(g.scoreInA)} to ${
    percent(g.score)
  }; 95 % interval ${signed(gain.low)} to ${signed(gain.high)} (${basis}): ${
    VERDICTS[verdict(gain, measure)]
  }.${cost}`;
}
