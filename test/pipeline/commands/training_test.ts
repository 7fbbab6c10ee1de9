/** A checkpoint in the store that was changed: what is said names the run and the command that makes it anew. */
import { assertRejects } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import { soundCheckpoint, trainingOf } from "../../../pipeline/commands/shared/training_io.ts";
import { openStore } from "../../../pipeline/engine/store/store_io.ts";
import { commitFiles, commitRun } from "../../support/fake_runs.ts";
import { tempDir } from "../../support/temp_dir.ts";

Deno.test("a checkpoint that was changed or is gone is refused with its run and what makes it anew", async () => {
  await using dir = tempDir();
  const store = openStore(`${dir.path}/store`);
  await commitRun(store, { run: "linear-A", setting: "A", model: "linear", accuracy: 0.5 });
  const name = "best.safetensors";
  const { outputs } = store.lastReceipt("train/linear-A")!;
  const history = outputs["history.json"]!.digest;
  const slice = { command: "deno task kws 'dataset.targets=[yes,no]'" };
  await commitFiles(store, "aggregate/kws", slice, { "history:linear-A": history }, { "results.json": "{}" });
  const path = store.objectPath(outputs[name]!, name);
  Deno.chmodSync(path, 0o644);
  const bytes = Deno.readFileSync(path);
  bytes[0]! ^= 1;
  Deno.writeFileSync(path, bytes);
  const refused = (wanted: string) =>
    assertRejects(
      async () =>
        await soundCheckpoint(store, await trainingOf(store, "linear-A", "evaluate"), name, "evaluate"),
      UserError,
      wanted,
    );
  await refused(
    "Cannot evaluate linear-A: its best.safetensors was changed or removed in the store (its bytes have",
  );
  await refused(`(missing or of another size) and no longer counts. ${slice.command} makes it anew.`);
});
