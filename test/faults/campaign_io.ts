/**
 * `deno task test:faults [--minutes N] [--kills N] [--seed N] [--json]`: whatever can go wrong around a run, tried on
 * whole graphs of real stages. After each fault nothing wrong may count, and the next run must end with the bytes of
 * an undisturbed one.
 */
import { parseArgs } from "@std/cli/parse-args";
import { Rng } from "../../lib/base/random.ts";
import { noSmallDisk } from "../support/small_disk.ts";
import { cutRecords, flipBits, leaveLocks, setClockBack } from "./damage_io.ts";
import { fillAtEveryWrite, fillDuringStages, forbidWrites } from "./disk_io.ts";
import { killEverywhere } from "./kills_io.ts";
import { Tally } from "./tally.ts";
import { runTogether } from "./together_io.ts";
import { downloadTrial, recognitionTrial, synthesisTrial, type Trial } from "./trial_io.ts";

export interface CampaignOptions {
  /** Nothing new is begun after this time; kills take no more than two thirds of it. */
  readonly minutes: number;
  readonly kills: number;
  readonly seed: number;
  /** Of each of the other faults only a few. */
  readonly short: boolean;
  readonly onStep: (what: string) => void;
}

/** One kind of fault, tried on some of the graphs. */
interface Step {
  readonly what: string;
  run(tally: Tally): Promise<void>;
}

export async function runCampaign(options: CampaignOptions): Promise<Tally> {
  const begun = Date.now();
  const share = (part: number): number => begun + part * options.minutes * 60_000;
  const tally = new Tally();
  options.onStep("undisturbed runs");
  await using synthesis = await synthesisTrial();
  await using download = await downloadTrial();
  const trials: Trial[] = [synthesis, download];
  await using recognition = options.short ? null : await recognitionTrial();
  if (recognition !== null) trials.push(recognition);
  options.onStep("kills");
  const kills = { kills: options.kills, rng: Rng.fromSeed(options.seed), until: share(2 / 3) };
  await killEverywhere(trials, kills, tally);
  for (const step of [...await diskSteps(trials, options), ...otherSteps(trials, options)]) {
    if (Date.now() >= share(1)) options.onStep(`left out, the time is up: ${step.what}`);
    else {
      options.onStep(step.what);
      await step.run(tally);
    }
  }
  return tally;
}

/** Full and read-only disks, where small disks can be mounted. */
async function diskSteps(
  trials: readonly Trial[],
  { short, onStep }: CampaignOptions,
): Promise<readonly Step[]> {
  const absent = await noSmallDisk();
  if (absent !== "") {
    onStep(`left out, no small disk can be mounted: full and read-only disks (${absent})`);
    return [];
  }
  const shares = short ? [0.5] : [0.02, 0.2, 0.4, 0.6, 0.8, 0.95];
  return [
    { what: "disk full at every write", run: (tally) => fillAtEveryWrite(short ? 16 : 1, tally) },
    { what: "read-only store", run: (tally) => forbidWrites(trials[0]!, tally) },
    ...(short ? trials.slice(0, 1) : trials).map((trial): Step => ({
      what: `${trial.name}: disk full in real stages`,
      run: (tally) => fillDuringStages(trial, shares, tally),
    })),
  ];
}

function otherSteps(trials: readonly Trial[], { short, seed }: CampaignOptions): readonly Step[] {
  const most = short ? 2 : Infinity;
  return (short ? trials.slice(0, 1) : trials).flatMap((trial): Step[] => {
    const rng = Rng.fromSeed(seed).fork(trial.name);
    return [
      ...(short ? [2] : [2, 4]).map((count): Step => ({
        what: `${trial.name}: ${count} processes at once`,
        run: (tally) => runTogether(trial, count, tally),
      })),
      { what: `${trial.name}: locks left behind`, run: (tally) => leaveLocks(trial, tally) },
      { what: `${trial.name}: clock set back`, run: (tally) => setClockBack(trial, tally) },
      {
        what: `${trial.name}: records cut short`,
        run: (tally) => cutRecords(trial, rng.fork("cut"), tally, most),
      },
      { what: `${trial.name}: flipped bits`, run: (tally) => flipBits(trial, rng.fork("flip"), tally, most) },
    ];
  });
}

if (import.meta.main) {
  const flags = parseArgs(Deno.args, { string: ["minutes", "kills", "seed"], boolean: ["json", "short"] });
  const number = (text: string | undefined, byDefault: number): number => {
    const value = text === undefined ? byDefault : Number(text);
    if (Number.isFinite(value) && value >= 0) return value;
    console.error(
      `error: Cannot run the faults with ${text}: wanted a number. Flags: --minutes N --kills N --seed N --short --json`,
    );
    Deno.exit(2);
  };
  const begun = performance.now();
  const tally = await runCampaign({
    minutes: number(flags.minutes, 14),
    kills: number(flags.kills, 200),
    seed: number(flags.seed, Date.now() % 1_000_000),
    short: flags.short,
    onStep: (what) =>
      console.error(`${((performance.now() - begun) / 1000).toFixed(0).padStart(4)} s  ${what}`),
  });
  console.log(
    flags.json
      ? JSON.stringify({ faults: tally.toJson(), troubles: tally.troubles }, null, 1)
      : tally.toText(),
  );
  console.error(`${tally.tried(/ killed$/)} kills, ${((performance.now() - begun) / 1000).toFixed(0)} s.`);
  for (const trouble of tally.troubles) console.error(`error: ${trouble}`);
  Deno.exit(tally.troubles.length > 0 ? 1 : 0);
}
