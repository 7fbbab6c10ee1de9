/** The user's own files among a task's inputs, from before its stage starts until its result is kept. */
import { UserError } from "../../lib/base/errors.ts";
import type { StageRunner } from "./process/stage_runner.ts";
import type { WatchedInput } from "./store/external_watch_io.ts";
import type { Store } from "./store/store_io.ts";
import type { ContentDigest, TaskSpec } from "./types.ts";

/** An input by its name, with the path that the user knows. */
interface Watched {
  readonly name: string;
  readonly source: string;
  readonly input: WatchedInput;
}

export class ExternalInputs {
  readonly #task: string;
  readonly #watched: readonly Watched[];

  /**
   * @param digests Input name -> what the task's key was made from.
   * @param folder For copies, on whose file system nothing else is changed.
   * @throws {UserError} "input-changed": one is not what the key says.
   */
  static async watch(
    spec: TaskSpec,
    digests: Readonly<Record<string, ContentDigest>>,
    { store, folder }: { readonly store: Store; readonly folder: string },
  ): Promise<ExternalInputs> {
    const watched: Watched[] = [];
    for (const [name, source] of Object.entries(spec.inputs)) {
      if (source.kind !== "external") continue;
      const input = await store.watchExternal(source.path, `${folder}/inputs/${name}`);
      if (input.digest !== digests[name]) {
        throw new UserError(
          "input-changed",
          `Cannot run ${spec.name}: its input ${name} (${source.path}) changed since this run began. ` +
            `Run the same command again once nothing writes there.`,
        );
      }
      watched.push({ name, source: source.path, input });
    }
    return new ExternalInputs(spec.name, watched);
  }

  private constructor(task: string, watched: readonly Watched[]) {
    this.#task = task;
    this.#watched = watched;
  }

  /** Input name -> what the stage is to read. */
  get paths(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#watched.map(({ name, input }) => [name, input.path]));
  }

  /** What a stage says of a copy is said of what the user has. */
  wording(runner: StageRunner): StageRunner {
    const copies = this.#watched.filter(({ source, input }) => input.isCopy && input.path !== source);
    if (copies.length === 0) return runner;
    const word = (text: string): string =>
      copies.reduce((said, { source, input }) => said.replaceAll(input.path, source), text);
    return {
      async run(launch) {
        const result = await runner.run({
          ...launch,
          log: { write: (line) => launch.log.write(word(line)) },
          onReport: (report) =>
            launch.onReport(report.type === "note" ? { ...report, message: word(report.message) } : report),
        });
        return result.kind === "failed" ? { ...result, message: word(result.message) } : result;
      },
    };
  }

  /** @throws {UserError} "input-changed": the stage may have read something else. */
  check(): void {
    for (const { name, source, input } of this.#watched) {
      const changed = input.changed();
      if (changed === undefined) continue;
      throw new UserError(
        "input-changed",
        `Cannot keep the result of ${this.#task}: its input ${name} (${source}) changed while it ran` +
          `${
            changed === source ? "" : `, as ${changed} shows`
          }. Run the same command again once nothing writes there.`,
      );
    }
  }
}
