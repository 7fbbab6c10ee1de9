/** Logs of attempts under way are shown as they grow, and until they end. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { followLogs, type TaskLog } from "../../../pipeline/commands/shared/follow_logs_io.ts";
import { openStore } from "../../../pipeline/engine/store/store_io.ts";
import { Project } from "../../support/project.ts";
import { receiptFor, task } from "../../support/tasks.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { until } from "../../support/until.ts";

const keyOf = (name: string) => receiptFor(task(name, {}, { slice: { name } }), {}, "").key;

Deno.test("logs of attempts are followed line by line, until all of them have ended", async () => {
  await using dir = tempDir();
  const store = openStore(`${dir.path}/store`);
  const begin = (name: string) => {
    const taken = store.tryLock(keyOf(name));
    if (taken.kind !== "held") throw new Error(`${name} is taken`);
    const log = store.openLog(name, keyOf(name));
    log.begin(name, keyOf(name), 1, "a test");
    return { say: (text: string) => log.say(text), end: () => (log.close(), taken.lock.release()) };
  };
  const shown: string[] = [];
  const following = {
    find: () => [...store.newestLogs()].map(([task, path]): TaskLog => ({ task, path })),
    isGrowing: (path: string) => store.isGrowing(path),
    show: ({ task }: TaskLog, lines: readonly string[]) =>
      void shown.push(...lines.map((line) => `${task}:${line.replace(/^\S+ {2}/, "")}`)),
  };
  const never = new AbortController().signal;
  begin("train/over").end();
  assertEquals([await followLogs(following, never), shown], [false, []]);

  const a = begin("train/a");
  let ended = false;
  const done = followLogs(following, never).finally(() => ended = true);
  const sees = (line: string) => until(() => shown.includes(line));
  await until(() => shown.some((line) => line.startsWith("train/a:train/a starts as attempt 1")));
  a.say("1 of 2");
  await sees("train/a:1 of 2");
  const b = begin("train/b");
  b.say("beside");
  await sees("train/b:beside");
  a.say("2 of 2");
  a.end();
  await sees("train/a:2 of 2");
  assert(!ended);
  b.say("last words");
  b.end();
  assertEquals(await done, true);
  assertEquals(shown.at(-1), "train/b:last words");
  assertEquals(new Set(shown).size, shown.length);

  const again = begin("train/a");
  const stop = new AbortController();
  const stopped = followLogs(following, stop.signal);
  await until(() => shown.some((line) => line.includes("starts as attempt 2")));
  stop.abort();
  assertEquals(await stopped, true);
  again.end();
});

Deno.test("deno task logs --follow ends with its task, and by Ctrl-C leaves it alone", async () => {
  await using project = new Project();
  const tiny = project.tiny.filter((text) => !text.startsWith("trainer.epochs"));
  const training = project.start("sweep", "setting=A", "model=linear", ...tiny, "trainer.epochs=100000");
  const trained = training.output();
  await until(async () => (await project.run("logs", "train")).stdout.includes(" steps"));
  const first = project.start("logs", "train", "--follow");
  const reader = first.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes(" steps")) text += (await reader.read()).value ?? "";
  first.kill("SIGINT");
  const [{ code }, said] = await Promise.all([first.status, new Response(first.stderr).text()]);
  await reader.cancel();
  assertEquals(code, 0, said);
  assertMatch(text, /starts as attempt 1 of key/);
  assertMatch(said, /^--- train\/\S+, which is running: \S+\n$/);

  const second = project.start("logs", "train", "--follow");
  const rest = second.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let followed = (await rest.read()).value ?? "";
  training.kill("SIGINT");
  for (let read = await rest.read(); !read.done; read = await rest.read()) followed += read.value;
  const [{ code: ended }] = await Promise.all([second.status, second.stderr.cancel(), trained]);
  assertEquals([ended, followed.trimEnd().endsWith("  Cancelled.")], [0, true], followed);
  const over = await project.run("logs", "train", "--follow");
  assertEquals([over.code, over.stdout.trimEnd().endsWith("  Cancelled.")], [0, true]);
  assertMatch(over.stderr, /^None of these tasks is running/);
});
