/** What figures were measured on, by whom and with what: what they mean nothing without. Pure. */
import { printable } from "../../../lib/base/printable.ts";
import type { Results } from "../../../lib/records/results.ts";
import { count, percent } from "./wording.ts";

type Told = Omit<Results, "format">;

/** What is to be held against accuracies: chance and the largest class. Nothing where examples have no single class. */
export function chanceText({ guessing }: Pick<Told, "guessing">): string | undefined {
  if (guessing === null) return undefined;
  const { classes, largest } = guessing;
  return `${classes} classes: guessing is right for ${
    percent(1 / classes)
  }, always saying the largest class for ${percent(largest)}`;
}

/**
 * One line for each data set: `spoken_mini, synthesized speech: test 312 clips by 16 speakers (0.09 h), training 2,208 by
 * 56 (0.61 h), validation ...`.
 */
export function dataLines(
  { data, example, examples }: Pick<Told, "data" | "example" | "examples">,
): string[] {
  return data.map(({ name, synthetic, splits }) => {
    const parts = TOLD.flatMap(([split, title]) => {
      const found = splits.find((one) => one.split === split);
      if (found === undefined) return [];
      const by = speakersText(found);
      const out = found.excluded === 0 ? "" : `, ${found.excluded} more left out by dataset.exclude`;
      return [
        `${title} ${count(found.examples, example, examples)}${by && ` by ${by}`} (${
          hours(found.seconds)
        }${out})`,
      ];
    });
    return `${printable(name)}, ${synthetic ? "synthesized speech" : "recordings"}: ${parts.join(", ")}`;
  });
}

/** One line for each run whose training ended before it had all its epochs: `run: ended after epoch 7 of 40, ...`. */
export function stopLines({ rows }: Pick<Told, "rows">): string[] {
  return rows.flatMap(({ run, last, stopped }) => {
    if (stopped === undefined) return [];
    const { by, wantedEpochs } = stopped;
    const why = by === "patience"
      ? "as trainer.patience was over"
      : "as trainer.minutes were over: another machine may train another number of epochs, so that the run cannot be " +
        "reproduced";
    return [`${printable(run)}: training ended after epoch ${last.epoch} of ${wantedEpochs}, ${why}`];
  });
}

/** `16 speakers and 2 recordings of noise`; empty where they are not known. */
export function speakersText(
  { speakers, noises }: { readonly speakers: number | null; readonly noises: number | null },
): string {
  if (speakers === null) return "";
  return `${count(speakers, "speaker")}${
    noises === null || noises === 0 ? "" : ` and ${count(noises, "recording")} of noise`
  }`;
}

/** The test first: it is what figures are of. */
const TOLD = [["test", "test"], ["train", "training"], ["validation", "validation"]] as const;

/** `2026-11-29, deno task kws seed=1, Deno 2.9.6, code 3f2a91c0`. */
export function madeText({ made: { date, command, deno, code } }: Pick<Told, "made">): string {
  return [
    ...(date === null ? [] : [date]),
    ...(command === null ? [] : [printable(command)]),
    ...deno.map((version) => `Deno ${version}`),
    ...(code.length === 0 ? [] : [`code ${code.join(" and ")}`]),
  ].join(", ");
}

function hours(seconds: number): string {
  return seconds < 360
    ? `${(seconds / 60).toFixed(1)} min`
    : `${(seconds / 3600).toFixed(seconds < 36_000 ? 2 : 0)} h`;
}
