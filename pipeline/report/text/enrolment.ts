/** What is told of own words that were enrolled. Pure. */
import { printable } from "../../../lib/base/printable.ts";
import type { EnrolmentRecord } from "../../../lib/records/enrolment.ts";
import { rateInterval } from "../../../lib/metrics/interval.ts";
import { count, percent } from "./wording.ts";
import { type Column, textTable } from "./table.ts";

/** A take that the others tell with less is one to listen to. */
const DOUBTFUL = 0.5;

const COLUMNS: readonly Column[] = [
  { title: "word" },
  { title: "recordings", align: "right" },
  { title: "told by the others", align: "right" },
  { title: "least sure", align: "right" },
];

export function shownEnrolment({ words, background }: EnrolmentRecord): string[] {
  const rows = words.map(({ word, takes }) => {
    const scores = takes.flatMap(({ score }) => score ?? []);
    const told = scores.filter((score) => score >= DOUBTFUL).length;
    return [
      printable(word),
      String(takes.length),
      scores.length === 0 ? "-" : `${told} of ${scores.length}`,
      scores.length === 0 ? "-" : percent(Math.min(...scores)),
    ];
  });
  const doubtful = words.flatMap(({ word, takes }) =>
    takes.filter(({ score }) => score !== null && score < DOUBTFUL)
      .map(({ name, score }) =>
        `${printable(name)}: ${percent(score!)} sure of ${
          printable(word)
        } by the other recordings; listen to it`
      )
  );
  return [
    ...textTable(COLUMNS, rows).split("\n"),
    "",
    "Each recording is judged by heads that learnt without it: told are those whose word gets at least " +
    `${
      percent(DOUBTFUL)
    } there, least sure is the lowest probability of any; a word's only one cannot be judged.`,
    ...doubtful,
    ...(background === null ? [] : [alarmText(background)]),
  ];
}

function alarmText({ clips, alarms }: NonNullable<EnrolmentRecord["background"]>): string {
  const { low, high } = rateInterval(clips === 0 ? 0 : alarms / clips, clips);
  return `Of ${count(clips, "clip")} of the data set that are none of the words, ${alarms} count as one ` +
    `(95 % interval ${percent(low)} to ${percent(high)}), by heads that did not learn from them.`;
}
