import { assert, assertArrayIncludes, assertEquals, assertStringIncludes } from "@std/assert";
import { formatDocPage } from "@optique/core/doc";
import { getDocPage, parse } from "@optique/core/parser";
import { fromFileUrl } from "@std/path";
import { COMMANDS } from "../../../pipeline/commands/list.ts";
import { parserOf } from "../../../pipeline/commands/shared/command.ts";

const ROOT = fromFileUrl(new URL("../../..", import.meta.url)).replace(/\/$/, "");

const commands = Object.entries(COMMANDS);

Deno.test("every example in the help can be typed", async () => {
  const parser = await parserOf(COMMANDS, Object.keys(COMMANDS));
  for (const [name, load] of commands) {
    for (const [line] of (await load()).command.examples) {
      const words = line.split(/ (?:>>|>) /)[0]!.split(" ").map((word) => word.replaceAll("'", ""));
      assertEquals(words[0], name);
      assert(parse(parser, words).success, `deno task ${line}`);
    }
  }
});

Deno.test("every command's help has its examples", async () => {
  for (const [name, load] of commands) {
    if ((await load()).command.hidden) continue;
    const page = getDocPage(await parserOf(COMMANDS, [name]), [name]);
    assertStringIncludes(formatDocPage("deno task", page!), "Examples:", name);
  }
});

Deno.test("deno.json, the list of commands and their folder know the same ones", async () => {
  const { tasks } = JSON.parse(Deno.readTextFileSync(`${ROOT}/deno.json`));
  const run = Object.entries(tasks as Record<string, { command: string }>).flatMap(([name, { command }]) =>
    command.includes("pipeline/cli.ts") ? [[name, command]] : []
  );
  const listed = [];
  for (const [name, load] of commands) if (!(await load()).command.hidden) listed.push(name);
  assertEquals(
    run.toSorted(),
    listed.toSorted().map((name) => [name, `deno run --allow-all pipeline/cli.ts ${name}`]),
  );
  const files = [...Deno.readDirSync(`${ROOT}/pipeline/commands`)].filter(({ isFile }) => isFile);
  assertEquals(
    files.map(({ name }) => name).filter((name) => name !== "list.ts").toSorted(),
    Object.keys(COMMANDS).map((name) => `${name.replaceAll("-", "_")}.ts`).toSorted(),
  );
});

Deno.test("complete offers tasks, options, keys and what can stand after =", async (t) => {
  const cases: [string[], string[], string[]][] = [
    // words typed, some of what is offered, what is not
    [[""], ["kws", "sweep", "test", "kernels:build"], ["complete", "help"]],
    [["sw"], ["sweep"], ["kws"]],
    [["gc", "--"], ["--delete", "--keep-days"], ["--model"]],
    [["kws", "trainer.e"], ["trainer.epochs="], ["trainer.batch_size="]],
    [["kws", "model="], ["model=linear", "model=bc_resnet"], []],
    [["kws", "setting=A,"], ["setting=A,B", "setting=A,D"], ["setting=A,A"]],
    [["kws", "model=bc_resnet", "model.d"], ["model.dropout.transition="], []],
    [["kws", "frontend=fastaudio", "frontend.so"], ["frontend.sort="], []],
    [["kws", "backend.fast="], ["backend.fast=true", "backend.fast=false"], []],
    [["kws", "store.p"], ["store.push="], []],
    [["kws", "store.push="], ["store.push=true", "store.push=false"], []],
    [["sweep", "--config", "m"], ["masks"], []],
    [["sweep", "--model", "linear,"], ["linear,bc_resnet"], ["linear,linear"]],
    [["graph", "--format", ""], ["text", "mermaid", "dot"], []],
    [["asr", "decoder.w"], [], ["decoder.width="]],
    [["sweep", "--task", "asr", "decoder="], ["decoder=beam", "decoder=greedy"], []],
    [["kws", "--executor", ""], ["local", "slurm"], []],
    [["completion", ""], ["bash", "zsh", "fish"], []],
  ];
  for (const [words, some, none] of cases) {
    await t.step(`deno task ${words.join(" ")}`, async () => {
      const { stdout } = await cli("complete", "--", ...words);
      const offered = stdout.split("\n").map((line) => line.split("\t")[0]!);
      assertArrayIncludes(offered, some);
      assertEquals(none.filter((word) => offered.includes(word)), []);
    });
  }
});

Deno.test("bash completes a word from the script", async () => {
  const script = (await cli("completion", "bash")).stdout;
  const ask = async (line: string, folder: string) => {
    const code = `${script}
COMP_LINE=${JSON.stringify(line)}; COMP_POINT=\${#COMP_LINE}
__speech_complete deno; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await new Deno.Command("bash", { args: ["-c", code], cwd: folder }).output();
    return new TextDecoder().decode(stdout).trim().split("\n");
  };
  assertArrayIncludes(await ask("deno task ver", ROOT), ["verify"]);
  // bash counts what stands after "=" as a word of its own
  assertEquals(await ask("deno task kws model=l", ROOT), ["linear"]);
  assertEquals(await ask("deno task kernels:b", `${ROOT}/lib`), ["build"]);
  assertEquals(await ask("deno task ver", Deno.makeTempDirSync()), [""]);
  assertEquals(await ask("deno run ver", ROOT), [""]);
});

Deno.test({
  name: "fish completes a word from the script",
  ignore: !await installed("fish"),
  fn: async () => {
    const home = Deno.makeTempDirSync();
    const folder = `${home}/.config/fish/completions`;
    Deno.mkdirSync(folder, { recursive: true });
    Deno.writeTextFileSync(`${folder}/deno.fish`, (await cli("completion", "fish")).stdout);
    const ask = async (line: string) => {
      const { stdout } = await new Deno.Command("fish", {
        args: ["-c", `complete -C ${JSON.stringify(line)}`],
        cwd: ROOT,
        env: { XDG_CONFIG_HOME: `${home}/.config`, XDG_DATA_HOME: home }, // not HOME, where Deno keeps packages
      }).output();
      return new TextDecoder().decode(stdout).split("\n").map((text) => text.split("\t")[0]!);
    };
    assertArrayIncludes(await ask("deno task ver"), ["verify"]);
    assertArrayIncludes(await ask("deno task kws model=b"), ["model=bc_resnet"]);
  },
});

Deno.test({
  name: "zsh takes the script for completions of deno",
  ignore: !await installed("zsh"),
  fn: async () => {
    const file = Deno.makeTempFileSync();
    Deno.writeTextFileSync(file, (await cli("completion", "zsh")).stdout);
    const code = `autoload -Uz compinit; compinit -u -D; source ${file}; print $_comps[deno]`;
    const { stdout, stderr } = await new Deno.Command("zsh", { args: ["-f", "-c", code] }).output();
    assertEquals(new TextDecoder().decode(stdout), "__speech_complete\n", new TextDecoder().decode(stderr));
  },
});

async function installed(shell: string): Promise<boolean> {
  try {
    return (await new Deno.Command(shell, { args: ["-c", "true"] }).output()).success;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    if (Deno.env.get("CI") === "true") throw new Error(`${shell} is missing: install it (Debian: ${shell})`);
    console.log(`${shell} is not installed: its completion script is not tried`);
    return false;
  }
}

async function cli(...args: string[]): Promise<{ readonly stdout: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--config", `${ROOT}/deno.json`, `${ROOT}/pipeline/cli.ts`, ...args],
    env: { NO_COLOR: "1" },
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return { stdout: new TextDecoder().decode(stdout) };
}
