/** Trainings that go on from shorter ones, and that end early, as a user sees them. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { parseHistory } from "../../../lib/records/history.ts";
import { plainName, Project } from "../../support/project.ts";

const TRAIN = "train/tones-linear-nnaudio-A-mel10-seed0";
const CONSTANT = "optim.schedule={kind: constant}";

Deno.test("more epochs go on, to the bytes that they have when they are asked for at once", async (t) => {
  await using project = new Project();
  await using other = new Project();
  const config = (of: Project, ...more: string[]) => [...of.tiny, "n_mels=10", "setting=A", ...more];
  const notes = (events: Awaited<ReturnType<Project["events"]>>["events"]) =>
    events.flatMap((event) =>
      event.type === "task-note" && plainName(event.task) === TRAIN ? [event.message] : []
    );

  await t.step("why says where a longer training goes on", async () => {
    const { result } = await project.events("kws", ...config(project, CONSTANT));
    assertEquals(result.code, 0, result.stderr);
    const { stdout } = await project.run("why", "train", ...config(project, CONSTANT, "epochs=5"));
    assertStringIncludes(stdout, "slice.trainer.epochs: 2 -> 5");
    assertMatch(
      stdout,
      / {2}goes on after epoch 2, to which train\/tones\S+ had trained: 3 of 5 epochs are left\n/,
    );
  });

  await t.step("it does, under the key and to the bytes of another store's", async () => {
    const { result, events } = await project.events("kws", ...config(project, CONSTANT, "epochs=5"));
    assertEquals(result.code, 0, result.stderr);
    assert(notes(events).some((note) => note.startsWith("Goes on after epoch 2,")), notes(events).join());
    // The same recordings, so that names and keys are the same.
    const same = config(project, CONSTANT, "epochs=5");
    const alone = await other.events("kws", ...same);
    assertEquals(alone.result.code, 0, alone.result.stderr);
    assert(!notes(alone.events).some((note) => note.startsWith("Goes on")), notes(alone.events).join());
    const [here, there] = [project.lastReceipt(TRAIN)!, other.lastReceipt(TRAIN)!];
    assertEquals([here.key, here.outputs], [there.key, there.outputs]);
  });

  await t.step("where rates depend on the length it begins anew, and why says so", async () => {
    const cosine = "optim.schedule={kind: cosine, warmup_epochs: 1}";
    assertEquals((await project.events("kws", ...config(project, cosine))).result.code, 0);
    const { stdout } = await project.run("why", "train", ...config(project, cosine, "epochs=5"));
    assertStringIncludes(
      stdout,
      "begins with the first epoch: optim.schedule.kind=cosine makes the rate of each epoch",
    );
    const part = await project.events("kws", ...config(project, cosine, "epochs=5", "trainer.until_epoch=3"));
    assertEquals(part.result.code, 0, part.result.stderr);
    const whole = await project.events("kws", ...config(project, cosine, "epochs=5"));
    assert(
      notes(whole.events).some((note) => note.startsWith("Goes on after epoch 3,")),
      notes(whole.events).join(),
    );
    await other.events("kws", ...config(project, cosine, "epochs=5"));
    assertEquals(project.lastReceipt(TRAIN)!.outputs, other.lastReceipt(TRAIN)!.outputs);
  });

  await t.step(
    "a training whose minutes are over says in every table that it cannot be reproduced",
    async () => {
      const timed = config(project, CONSTANT, "epochs=7", "trainer.minutes=0.0001", "optim.model.lr=0.5");
      const { stdout, code } = await project.run("kws", ...timed);
      assertEquals(code, 0, stdout);
      const told =
        /training ended after epoch \d of 7, as trainer\.minutes were over: another machine may train another/;
      assertMatch(stdout, told);
      const { epochs, stopped } = parseHistory(
        Deno.readTextFileSync(project.output(TRAIN, "history.json")),
        "history.json",
      );
      assertEquals(stopped, { by: "minutes", wantedEpochs: 7 });
      const runs = await project.run("runs");
      assertStringIncludes(runs.stdout, `epoch ${epochs.length}: minutes (not reproducible)`);
    },
  );
});
