/** `verify`: whether what the store holds is what was put there. */
import { type InferValue, merge, message, object, option } from "@optique/core";
import { verifyStore } from "../engine/store/verify_io.ts";
import { bytes, count } from "../report/text/wording.ts";
import { defineCommand } from "./shared/command.ts";
import { location } from "./shared/flags.ts";
import { openProject } from "./shared/project_io.ts";
import { openProjectStore } from "./shared/project_store_io.ts";
import { print } from "../reporters/print_io.ts";

const how = object({
  repair: option("--repair", { description: message`Remove what is damaged, so that it is made again.` }),
});

const parser = merge(how, location);

export const command = defineCommand({
  brief: message`Hash every stored object again.`,
  examples: [["verify --repair", "remove what is damaged, so that it is made again"]],
  parser,
  run: verify,
});

/** @returns 1 if anything is damaged and was not repaired. */
async function verify(flags: InferValue<typeof parser>): Promise<number> {
  const store = openProjectStore(openProject(), flags.store, flags.repair ? "clean" : "look");
  const report = await verifyStore(store, { repair: flags.repair });
  if (flags.json) {
    print(JSON.stringify(report));
  } else {
    for (const { name, problem, tasks } of report.problems) {
      print(`${name}: ${problem}${tasks.length > 0 ? ` (of ${tasks.join(", ")})` : ""}`);
    }
    print(
      `${count(report.objects, "object")} (${bytes(report.bytes)}) and ${
        count(report.receipts, "receipt")
      } checked: ` +
        `${report.problems.length === 0 ? "all sound" : count(report.problems.length, "problem")}.`,
    );
    if (report.removed.length > 0) {
      print(
        `Removed ${
          count(report.removed.length, "damaged entry", "damaged entries")
        }; the next run makes them again.`,
      );
    } else if (report.problems.length > 0) {
      print(
        "`deno task verify --repair` removes what is damaged, so that the next run makes it again.",
      );
    }
  }
  return report.problems.length > 0 && !flags.repair ? 1 : 0;
}
