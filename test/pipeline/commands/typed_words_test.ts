/** What a command line says that cannot be understood. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { formatMessage } from "@optique/core/message";
import { parse } from "@optique/core/parser";
import { COMMANDS } from "../../../pipeline/commands/list.ts";
import { type CommandList, parserOf } from "../../../pipeline/commands/shared/command.ts";
import { explainWords } from "../../../pipeline/commands/shared/explain_words_io.ts";

const LIST: CommandList = COMMANDS;

const cases: readonly (readonly [line: string, words: string])[] = [
  ["swep --n-mels 10", 'Did you mean "sweep"?'],
  ["", "wanted one of kws, asr, sweep"],
  ["sweep --nmels 10", 'Did you mean "--n-mels"?'],
  ["sweep --nmels=10", 'Did you mean "--n-mels"?'],
  ["gc --keepdays 3", 'Did you mean "--keep-days"?'],
  ["kws --dryrun", 'Did you mean "--dry-run"?'],
  ["runs --reversed", 'Did you mean "--reverse"?'],
  ["demo --prot 0", 'Did you mean "--port"?'],
  ["kws -x", "there is no such option"],
  ["kws --nmels 10", "Write n_mels=10."],
  ["kws --compression decibels", "Write compression=decibels."],
  ["kws --optimizer adam", "Write optim=adam."],
  ["kws --setting=A,D", "Write setting=A,D."],
  ["asr --decoder.kind beam", "Write decoder.kind=beam."],
  ["kws --batch-size 32", "Write trainer.batch_size=32."],
  ["sweep --epochs --dry-run", "Write epochs=VALUE."],
  ["kws -m seed=1,2", "leave it out"],
  ["kws --multirun seed=1,2", "leave it out"],
  ["-m kws", "leave it out"],
  ["kws --cfg job", "--print-config"],
  ["kws --config-name asr", "deno task asr"],
  ["kws --config-dir here", "GROUP=NAME"],
  ["sweep --info", "--dry-run"],
  ["export run --checkpoint bets --to x", 'Did you mean "best"?'],
  ["evaluate --checkpoint x --split tests", 'Did you mean "test"?'],
  ["graph --format markdown", "text or mermaid or dot"],
  ["completion bsh", 'Did you mean "bash"?'],
  ["status --task kvs", 'Did you mean "kws"?'],
  ["why", "Cannot run deno task why: TASK is missing. Wanted something as deno task why train."],
  [
    "compare X",
    "Cannot run deno task compare X: B is missing. Wanted something as deno task compare linear-",
  ],
  [
    "runs compare X",
    "Cannot run deno task runs compare X: B is missing. Wanted something as deno task runs compare linear-",
  ],
];
for (const [line, words] of cases) {
  Deno.test(`"${line}" is answered with ${words}`, async () => {
    const typed = line.split(" ").filter(Boolean);
    const [name = ""] = typed;
    const parser = await parserOf(COMMANDS, Object.hasOwn(COMMANDS, name) ? [name] : Object.keys(COMMANDS));
    const result = parse(parser, typed);
    assertEquals(result.success, false);
    const said = result.success ? "" : formatMessage(result.error).replace(/\s*\n+/g, " ");
    const examples = Object.hasOwn(COMMANDS, name) ? (await LIST[name]!()).command.examples : [];
    assertStringIncludes(explainWords(COMMANDS, parser, typed, said, examples), words);
  });
}
