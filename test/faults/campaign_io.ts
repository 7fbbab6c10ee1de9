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
import { downloadTrial, synthesisTrial, type Trial } from "./trial_io.ts";

export interface CampaignOptions {
  /** Kills begin no new graph after this time; the other faults take about four minutes. */
  readonly minutes: number;
  readonly kills: number;
  readonly seed: number;
  /** Of each of the other faults only a few. */
  readonly short: boolean;
  readonly onStep: (what: string) => void;
}

export async function runCampaign(options: CampaignOptions): Promise<Tally> {
  const begun = Date.now();
  const tally = new Tally();
  const rng = Rng.fromSeed(options.seed);
  options.onStep("undisturbed runs");
  await using synthesis = await synthesisTrial();
  await using download = await downloadTrial();
  await damage([synthesis, download], options, rng, tally);
  await disks(synthesis, download, options, tally);
  for (const count of options.short ? [2] : [2, 4]) {
    options.onStep(`${count} processes at once`);
    for (const trial of options.short ? [synthesis] : [synthesis, download]) {
      await runTogether(trial, count, tally);
    }
  }
  options.onStep("kills");
  const until = begun + options.minutes * 60_000;
  await killEverywhere([synthesis, download], { kills: options.kills, rng: rng.fork("kills"), until }, tally);
  return tally;
}

async function damage(
  trials: readonly Trial[],
  options: CampaignOptions,
  rng: Rng,
  tally: Tally,
): Promise<void> {
  const most = options.short ? 2 : Infinity;
  for (const trial of options.short ? trials.slice(0, 1) : trials) {
    options.onStep(`${trial.name}: flipped bits`);
    await flipBits(trial, rng.fork(`flip ${trial.name}`), tally, most);
    options.onStep(`${trial.name}: records cut short, locks left behind, clock set back`);
    await cutRecords(trial, rng.fork(`cut ${trial.name}`), tally, most);
    await leaveLocks(trial, tally);
    await setClockBack(trial, tally);
  }
}

async function disks(
  synthesis: Trial,
  download: Trial,
  { short, onStep }: CampaignOptions,
  tally: Tally,
): Promise<void> {
  const absent = await noSmallDisk();
  if (absent !== "") return onStep(`full and read-only disks are left out: ${absent}`);
  onStep("disk full at every write");
  await fillAtEveryWrite(short ? 16 : 1, tally);
  onStep("disk full in real stages");
  const shares = short ? [0.5] : [0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1];
  for (const trial of short ? [synthesis] : [synthesis, download]) {
    await fillDuringStages(trial, shares, tally);
  }
  onStep("read-only store");
  await forbidWrites(synthesis, tally);
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
