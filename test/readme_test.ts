/** Every command that the README prints is one that the program takes. */
import { assert, assertEquals } from "@std/assert";
import { ProjectCopy } from "./support/project.ts";

const README = Deno.readTextFileSync(new URL("../README.md", import.meta.url));

/**
 * Lines of the README's shell blocks that call `deno task`, without comments and the `npx` prefix, and what its table of
 * the Python repository's commands has in their place.
 */
function commands(): string[] {
  const blocks = [...README.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1]!);
  const lines = blocks.flatMap((block) => block.split("\n"))
    .map((line) => line.replace(/\s+#.*$/, "").trim())
    .flatMap((line) => /^(?:npx -y deno@[\d.]+|deno) (task .*)$/.exec(line)?.[1] ?? []);
  const table = [...README.matchAll(/\| `deno (task (?:kws|sweep) [^`]*)` +\|$/gm)].map((match) => match[1]!);
  assert(table.length > 10, `only ${table.length} commands found in the table`);
  // Two archives of gigabytes.
  return [...lines, ...table.filter((command) => !command.includes("dataset=speech_commands"))];
}

Deno.test("the README's commands are understood", async () => {
  await using project = new ProjectCopy();
  const tasks = Object.keys(
    JSON.parse(Deno.readTextFileSync(new URL("../deno.json", import.meta.url))).tasks,
  );
  const found = commands();
  assert(found.length > 10, `only ${found.length} commands found`);
  for (const command of found) {
    const [, name, ...args] = command.split(/\s+/);
    assert(tasks.includes(name!), `${command}: deno.json has no task ${name}`);
    if (!PLANNED.includes(name!)) continue;
    const real = args.map((arg) =>
      arg.replace("/path/to/recordings", project.tones).replace(/\/path\/to\/(timit|corpus)/, project.root)
    );
    const extra = ["kws", "asr", "sweep", "report"].includes(name!) && !args.some((a) =>
        /^--(dry-run|print-config)$/.test(a)
      )
      ? ["--dry-run"]
      : [];
    const { code, stderr } = await project.run(name!, ...real, ...extra);
    assertEquals(code, 0, `${command}\n${stderr}`);
  }
});

/** Commands that can be tried here without minutes of work; CI runs the others. */
const PLANNED = ["kws", "asr", "sweep", "report", "status", "why", "graph", "verify", "gc"];
