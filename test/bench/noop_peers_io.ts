/**
 * `deno run --allow-all test/bench/noop_peers_io.ts`: how long a run takes that finds everything fresh, beside wireit
 * and turbo on an equal graph of five tasks. Both are installed by npm into a folder that is removed afterwards.
 */
import { textTable } from "../../pipeline/report/text/table.ts";
import { engineProject } from "../support/engine_project.ts";
import { task } from "../support/tasks.ts";
import { summarize } from "./timing.ts";

const WIREIT = "wireit@0.14.13";
const TURBO = "turbo@2.11.11";
const ROUNDS = 15;
const NAMES = ["index", "features", "train", "evaluate", "aggregate"] as const;

interface Runner {
  readonly what: string;
  /** One run; must find everything fresh. */
  run(): Promise<void>;
}

if (import.meta.main) {
  await using ours = engineProject();
  const folder = Deno.makeTempDirSync({ prefix: "no-op-" });
  try {
    const runners = [await oursAlone(ours), ...await peers(folder)];
    const times = runners.map((): number[] => []);
    for (const runner of runners) await runner.run();
    // In turn, so that whatever else the machine does falls on all of them.
    for (let round = 0; round < ROUNDS; round++) {
      for (const [i, runner] of runners.entries()) {
        const begun = performance.now();
        await runner.run();
        times[i]!.push(performance.now() - begun);
      }
    }
    const right = { align: "right" } as const;
    const columns = [
      { title: "five fresh tasks" },
      ...["median ms", "best", "worst"].map((title) => ({ title, ...right })),
    ];
    const rows = runners.map(({ what }, i) => {
      const { median, min, max } = summarize(times[i]!);
      return [what, ...[median, min, max].map((ms) => ms.toFixed(0))];
    });
    console.log(
      `${textTable(columns, rows)}\nload ${Deno.loadavg()[0]!.toFixed(1)}, ${ROUNDS} rounds in turn`,
    );
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** The engine on five tasks, each reading the one before. */
async function oursAlone(project: ReturnType<typeof engineProject>): Promise<Runner> {
  const tasks = NAMES.map((name, i) =>
    task(name, i === 0 ? {} : { x: NAMES[i - 1]! }, { slice: { text: name } })
  );
  const run = async (): Promise<void> => {
    const events = await project.start(tasks).finish();
    const last = events.at(-1);
    if (last?.type !== "finished" || last.summary.failed > 0) throw new Error("The engine failed");
    if (warm && last.summary.ran > 0) throw new Error("The engine ran something");
  };
  let warm = false;
  await run();
  warm = true;
  return { what: "this project's engine", run };
}

/** @returns None, with the reason on standard error, where npm cannot bring them in. */
async function peers(folder: string): Promise<Runner[]> {
  writeProject(folder);
  const installed = await command(folder, "npm", ["install", "--no-audit", "--no-fund", "--silent"]);
  if (installed !== "") {
    console.error(`wireit and turbo are left out, as npm cannot install them: ${installed.slice(-300)}`);
    return [];
  }
  await command(folder, "git", ["init", "-q"]); // turbo hashes what git lists
  const bin = `${folder}/node_modules/.bin`;
  const runs: readonly (readonly [string, string, readonly string[]])[] = [
    ["wireit (npm run)", "npm", ["run", "--silent", "wireit:aggregate"]],
    ["turbo", `${bin}/turbo`, ["run", "aggregate", "--output-logs=none"]],
  ];
  return runs.map(([what, program, args]) => ({
    what,
    async run() {
      const trouble = await command(folder, program, args);
      if (trouble !== "") throw new Error(`${what} failed: ${trouble}`);
    },
  }));
}

/** Five scripts for either tool: each writes a file from the one before. */
function writeProject(folder: string): void {
  const before = (i: number): string => i === 0 ? "in.txt" : `${NAMES[i - 1]}.txt`;
  const script = (i: number): string => `cp ${before(i)} ${NAMES[i]}.txt`;
  const each = <T>(make: (name: string, i: number) => T): T[] => NAMES.map((name, i) => make(name, i));
  const scripts = Object.fromEntries([
    ...each((name, i) => [name, script(i)]),
    ...each((name) => [`wireit:${name}`, "wireit"]),
  ]);
  const wireit = Object.fromEntries(each((name, i) => [`wireit:${name}`, {
    command: script(i),
    files: [before(i)],
    output: [`${name}.txt`],
    ...(i === 0 ? {} : { dependencies: [`wireit:${NAMES[i - 1]}`] }),
  }]));
  const tasks = Object.fromEntries(each((name, i) => [name, {
    inputs: [before(i)],
    outputs: [`${name}.txt`],
    ...(i === 0 ? {} : { dependsOn: [NAMES[i - 1]] }),
  }]));
  const write = (name: string, value: unknown): void =>
    Deno.writeTextFileSync(`${folder}/${name}`, typeof value === "string" ? value : JSON.stringify(value));
  const [wireitName, wireitVersion] = WIREIT.split("@");
  const [turboName, turboVersion] = TURBO.split("@");
  write("package.json", {
    name: "no-op",
    private: true,
    packageManager: "npm@10.0.0",
    scripts,
    wireit,
    devDependencies: { [wireitName!]: wireitVersion, [turboName!]: turboVersion },
  });
  write("turbo.json", { tasks });
  write(".gitignore", "node_modules\n.turbo\n.wireit\n");
  write("in.txt", "x\n");
}

/** @returns What went wrong; empty if nothing did. */
async function command(cwd: string, program: string, args: readonly string[]): Promise<string> {
  const env = { NO_COLOR: "1", TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1", WIREIT_LOGGER: "simple" };
  try {
    const { success, stdout, stderr } = await new Deno.Command(program, {
      args: [...args],
      cwd,
      env,
      stdin: "null",
    })
      .output();
    return success ? "" : new TextDecoder().decode(stderr) + new TextDecoder().decode(stdout);
  } catch (error) {
    return (error as Error).message;
  }
}
