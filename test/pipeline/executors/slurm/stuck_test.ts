import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { gaveUpNote, stuckNote } from "../../../../pipeline/executors/slurm/stuck.ts";
import { task } from "../../../support/tasks.ts";

const TASKS = [task("train/a"), task("evaluate/a", { t: "train/a" })];

/** Of Slurm's list of job reason codes, and what else `squeue` prints behind ReqNodeNotAvail. */
const stuck: readonly (readonly [string, string, string])[] = [
  ["PartitionConfig", "cannot start, as no node of the partition has so much", "executor.cpus"],
  ["PartitionNodeLimit", "cannot start, as no node of the partition has so much", "executor.partition"],
  ["BadConstraints", "cannot start, as no node", "executor.memory"],
  ["MaxMemPerLimit", "cannot start, as no node", "executor.memory"],
  ["PartitionTimeLimit", "cannot start with a time limit above the partition's", "executor.time"],
  ["AssocMaxWallDurationPerJobLimit", "cannot start with a time limit above that of", "executor.time"],
  ["QOSMaxWallDurationPerJobLimit", "cannot start with a time limit above that of", "executor.time"],
  ["AssocMaxCpuPerJobLimit", "cannot start with more than", "executor.cpus"],
  ["AssocMaxMemPerNode", "cannot start with more than", "executor.memory"],
  ["QOSMaxGRESMinutesPerJob", "cannot start with more than", "executor.gpus"],
  ["QOSMinGRES", "cannot start with less than", "executor.gpus"],
  ["AccountNotAllowed", "the account or QOS may not use the partition", "executor.account"],
  ["InvalidQOS", "the account or QOS may not use the partition", "--qos"],
  ["ReservationDeleted", "the reservation is gone", "executor.options"],
  ["AssocGrpCPUMinutesLimit", "granted more time", "executor.account"],
  ["PartitionDown", "before the partition is up again", "executor.partition"],
  ["ReqNodeNotAvail, UnavailableNodes:n1", "before nodes are back", "executor.partition"],
  ["ReqNodeNotAvail", "before nodes are back", "executor.partition"],
];
for (const [reason, why, change] of stuck) {
  Deno.test(`stuckNote() says what to do about ${reason}`, () => {
    const note = stuckNote("33", reason, TASKS)!;
    assert(note.startsWith(`job 33 and 1 more are queued (${reason}) and `), note);
    assertStringIncludes(note, why);
    assertStringIncludes(
      note,
      "first `deno task cancel train/a`, then run this command again with another value of ",
    );
    assertStringIncludes(note.replace(/^.*another value of /, ""), change);
  });
}

Deno.test("stuckNote() names one job as one, and lets go of what is held", () => {
  assertEquals(
    stuckNote("33_2", "JobHeldUser", TASKS.slice(0, 1)),
    "job 33_2 is queued (JobHeldUser) and will not start before somebody says `scontrol release`; or first " +
      "`deno task cancel train/a`, then run this command again",
  );
});

Deno.test("gaveUpNote() says what to ask for where Slurm ended a job that cannot start", () => {
  const note = gaveUpNote("BadConstraints")!;
  assert(
    note.startsWith("it cannot start, as no node of the partition has so much or may give it. Run this"),
    note,
  );
  assertStringIncludes(note, "another value of executor.cpus, executor.memory");
  for (const reason of ["NonZeroExitCode", "NodeDown", "JobHeldUser"]) {
    assertEquals(gaveUpNote(reason), undefined);
  }
});

/** What passes as other jobs end, time goes by, or Slurm gets on. */
const passing = [
  "Priority",
  "Resources",
  "Dependency",
  "BeginTime",
  "JobArrayTaskLimit",
  "Licenses",
  "Prolog",
  "Reservation",
  "AssocMaxJobsLimit",
  "AssocMaxSubmitJobLimit",
  "AssocGrpCpuLimit",
  "AssocGrpCPURunMinutesLimit",
  "QOSGrpNodeLimit",
  "QOSMaxCpuPerUserLimit",
  "QOSMaxJobsPerUserLimit",
  "MaxCpuPerAccount",
  "ReqNodeNotAvail, May be reserved for other job",
  "",
];
for (const reason of passing) {
  Deno.test(`stuckNote() says nothing of ${reason === "" ? "no reason" : reason}`, () => {
    assertEquals(stuckNote("33", reason, TASKS), undefined);
  });
}
