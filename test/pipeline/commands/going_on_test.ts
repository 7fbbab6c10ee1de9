/** What `why` says of where a training would go on. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { writeTensors } from "../../../lib/formats/safetensors_io.ts";
import { snapshotTensors } from "../../../lib/train/checkpoint.ts";
import { whereItGoesOn, whyFromTheStart } from "../../../pipeline/commands/shared/going_on_io.ts";
import { noteBeginning } from "../../../pipeline/engine/store/earlier_io.ts";
import { openStore, type Store } from "../../../pipeline/engine/store/store_io.ts";
import type { FieldChange, TaskSpec, TaskState } from "../../../pipeline/engine/types.ts";
import { receiptFor, task } from "../../support/tasks.ts";
import { tempDir } from "../../support/temp_dir.ts";

const STATE = "resume.safetensors";

function training(
  epochs: number,
  more: { readonly patience?: number; readonly minutes?: number } = {},
): TaskSpec {
  const { patience = null, minutes = null } = more;
  return task(`train/${epochs}`, {}, {
    slice: {
      optim: { schedule: { kind: "constant" } },
      trainer: { epochs, patience, minutes, horizon_epochs: null },
    },
    outputs: [STATE],
    goesOn: { shared: "the same", output: STATE },
  });
}

/** As an attempt leaves it that was stopped after so many epochs, or as one that ended. */
async function leave(store: Store, spec: TaskSpec, epochs: number, ended = true): Promise<void> {
  const blank = receiptFor(spec, {}, "");
  noteBeginning(store, spec, blank.fingerprint);
  const staging = store.openStaging(blank.key);
  const history = Array.from({ length: epochs }, (_, i) => ({
    ...{
      epoch: i + 1,
      steps: i + 1,
      lr: {},
      loss: 1,
      accuracy: 0,
      validationLoss: 9 - i,
      validationAccuracy: 0,
    },
  }));
  const { tensors, metadata } = snapshotTensors({ network: [], optimizer: new Map() }, {
    ...{ epoch: epochs, steps: epochs, horizon: null, average: null, best: null },
    state: new Map(),
    optimizer: new Map(),
    history,
  });
  writeTensors(`${ended ? staging.outDir : staging.partialDir}/${STATE}`, tensors, metadata);
  if (ended) {
    const outputs = await store.hashOutputs(staging, [STATE], spec.name);
    await store.commit({ staging, receipt: { ...blank, outputs } });
  }
  store.closeStaging(staging);
}

function stale(spec: TaskSpec, forced = false): TaskState {
  const { key, fingerprint } = receiptFor(spec, {}, "");
  return { kind: "stale", key, fingerprint, changes: undefined, forced };
}

Deno.test("why says after which epoch a training goes on, and how much is left", async () => {
  await using dir = tempDir();
  const store = openStore(dir.path);
  await leave(store, training(3), 3);
  await leave(store, training(5), 5);
  const where = (spec: TaskSpec) => whereItGoesOn(store, spec, stale(spec));
  assertEquals(
    await where(training(8)),
    "goes on after epoch 5, to which train/5 had trained: 3 of 8 epochs are left",
  );
  assertEquals(
    await where(training(4, { patience: 2 })),
    "goes on after epoch 3, to which train/3 had trained: at most 1 of 4 epochs is left",
  );
  assertEquals(await where(training(2)), undefined, "nothing that is there has as few epochs");
  assertEquals(await whereItGoesOn(store, training(8), stale(training(8), true)), undefined);
  await leave(store, training(8), 7, false);
  assertEquals(
    await where(training(8)),
    "goes on after epoch 7, where an earlier attempt stopped: 1 of 8 epochs is left",
  );
  assertEquals(
    await where(training(9)),
    "goes on after epoch 7, to which train/8 had trained: 2 of 9 epochs are left",
  );
});

Deno.test("why says for what reason longer trainings begin anew, and what to do about it", () => {
  const change = (field: string, before: number, after: number): FieldChange => ({
    field: `slice.trainer.${field}`,
    before,
    after,
  });
  const longer = [change("epochs", 10, 20), change("horizon_epochs", 10, 20)];
  const told = whyFromTheStart(longer, "cosine")!;
  assertStringIncludes(
    told,
    "begins with the first epoch: optim.schedule.kind=cosine makes the rate of each epoch depend",
  );
  assertStringIncludes(told, "which was 10 and is 20");
  assertStringIncludes(told, "trainer.until_epoch");
  assertEquals(
    whyFromTheStart([change("epochs", 20, 10)], "constant"),
    "begins with the first epoch: no state that lies on the way is left",
  );
  assertEquals(whyFromTheStart([...longer, change("batch_size", 50, 100)], "cosine"), undefined);
  assertEquals(whyFromTheStart([], "cosine"), undefined);
});
